import { AdaptersApp } from "../../components/adapters-app.tsx";

export default function Adapters() {
  return <AdaptersApp />;
}
