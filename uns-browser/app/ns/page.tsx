import { NamespaceApp } from "../../components/namespace-app.tsx";

export default function NamespacePage() {
  return <NamespaceApp />;
}
