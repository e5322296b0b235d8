/** An OPC UA adapter for which somebody has written a password into the configuration itself. Nobody answers it. */
export const KILN = `
  - name: kiln
    protocol: opcua
    group: Plant1
    edgeNode: gw-kiln
    endpoint: opc.tcp://127.0.0.1:9
    security: none
    allowNone: true
    allowPlainPassword: true
    identity: {user: maria, password: hunter2}
    device: kiln-01
    groups: { fast: { interval: 100ms } }
    tags: [{ name: Level, node: "ns=2;s=Level" }]
`;
