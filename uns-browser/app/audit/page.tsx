import { AuditApp } from "../../components/audit-app.tsx";

export default function AuditPage() {
  return <AuditApp />;
}
