import { LoginPage } from "../../components/login-page.tsx";

export default function Login() {
  return <LoginPage />;
}
