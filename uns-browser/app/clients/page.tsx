import { ClientsApp } from "../../components/clients-app.tsx";

export default function ClientsPage() {
  return <ClientsApp />;
}
