import { DiagnosticsApp } from "../../components/diag-app.tsx";

export default function Diagnostics() {
  return <DiagnosticsApp />;
}
