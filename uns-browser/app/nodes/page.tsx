import { NodesApp } from "../../components/nodes-app.tsx";

export default function Nodes() {
  return <NodesApp />;
}
