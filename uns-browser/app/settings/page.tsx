import { SettingsApp } from "../../components/settings-app.tsx";

export default function Settings() {
  return <SettingsApp />;
}
