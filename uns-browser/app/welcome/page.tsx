import { WelcomePage } from "../../components/welcome-page.tsx";

export default function Welcome() {
  return <WelcomePage />;
}
