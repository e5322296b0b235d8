import { TrustApp } from "../../components/trust-app.tsx";

export default function Trust() {
  return <TrustApp />;
}
