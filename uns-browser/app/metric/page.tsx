import { MetricApp } from "../../components/metric-app.tsx";

export default function MetricRoute() {
  return <MetricApp />;
}
