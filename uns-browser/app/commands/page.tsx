import { CommandsApp } from "../../components/commands-app.tsx";

export default function Commands() {
  return <CommandsApp />;
}
