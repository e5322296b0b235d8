/** Why a value is stale: the hops from the PLC to the readers, in Chinese. */
import type { Forms } from "../hub-words.ts";

export const EXPLAIN: Forms = {
  // The hops by name
  PLC: "PLC",
  adapter: "适配器",
  "edge session": "边缘节点会话",
  "seq/alias": "seq/别名",
  guard: "规则检查",
  broker: "MQTT 服务器",
  reader: "读取方",

  // The verdict
  "The value is the last one that its source sent, and its source is alive: what does not change is not sent again.":
    "该值是数据源最后发送的值，且数据源仍然存活：没有变化的值不会再次发送。",
  "Everything here is live.": "此处一切均为实时。",
  '"{}" is a group; ask for an edge node, device or metric':
    "“{1}”是组；请查询边缘节点、设备或指标",
  "{#} s": "{1} 秒",
  "{#} min": "{1} 分钟",
  "{#} h": "{1} 小时",
  "{#} days": "{1} 天",
  "an unknown time": "未知时间",

  // The PLC
  "{*} itself calls the value {*}: {*}.": "{1}自身将该值标为{2}：{3}。",
  "{*} itself calls the value {*}.": "{1}自身将该值标为{2}。",
  "Its edge node": "其边缘节点",
  "Device {}": "设备 {1}",
  "Look at the sensor, its wiring and the address of this metric; the way from there to the hub works.":
    "请检查传感器、接线和该指标的地址；从那里到 Hub 的通路正常。",
  "Whether the PLC answers is not known while its adapter does not run.":
    "适配器未运行，因此不知道 PLC 是否应答。",
  "This belongs to the edge node itself; there is no PLC behind it.":
    "这属于边缘节点自身；其后没有 PLC。",
  "All its devices answer ({}).": "其所有设备均有应答（{1} 台）。",
  "{*}; the first: {*}": "{1}；第一台：{2}",
  "{} of {} devices do not answer": "{2} 台设备中有 {1} 台无应答",
  "The adapter has not heard {} yet, and has not said why.":
    "适配器尚未收到 {1} 的应答，也没有说明原因。",
  "Look whether {} is still in the configuration, and at its address there.":
    "请检查 {1} 是否仍在配置中，以及其中的地址。",
  "{} answers.": "{1} 有应答。",
  "Look whether the PLC has power and its address can be reached from here (ping, cable, firewall); the adapter tries again by itself.":
    "请检查 PLC 是否通电，从这里能否访问其地址（ping、网线、防火墙）；适配器会自动重试。",
  "{} does not answer.": "{1} 没有应答。",
  "No answer of {*}.": "没有应答：{1}。",
  "{} does not answer: {*}.": "{1} 没有应答：{2}。",
  "Not ours: only the {*} knows the PLC behind it.": "不归本 Hub 管理：只有{1}知道其后的 PLC。",
  "The {*} lives, and {} of its devices are dead or not born again.":
    "{1}存活，但其 {2} 台设备已死亡或尚未重新出生。",
  "Ask for one of them: unshub explain {}/{}/DEVICE.":
    "请查询其中之一：unshub explain {1}/{2}/DEVICE。",
  "The {*} said that its device {} died (DDEATH).": "{1}报告其设备 {2} 已死亡（DDEATH）。",
  "Ask the gateway{*} why it lost the device: its log, the PLC's power and network.":
    "请检查网关{1}为何失去该设备：其日志、PLC 的电源和网络。",
  ", which is {*},": "（即{1}）",

  "Nobody asks the PLC: its adapter is stopped.": "没有人询问 PLC：其适配器已停用。",

  // The adapter
  "{*} is stopped{*}.": "{1}已停用{2}。",
  "Start it again on the page of adapters, or with unshub adapters start {}.":
    "请在适配器页面重新启动，或使用 unshub adapters start {1}。",
  "Not ours: the {*} runs elsewhere; {*}.": "不归本 Hub 管理：{1}在别处运行；{2}。",
  "nothing is known of it": "对其一无所知",
  "last seen as {*}": "最后一次出现为{1}",
  "Adapter {} ({})": "适配器 {1}（{2}）",
  "{*} runs.": "{1}运行中。",
  "{*} runs, after {} restarts{*}.": "{1}运行中，已重启 {2} 次{3}。",
  "{*} waits for its PLCs to start.": "{1}正在等待其 PLC 启动。",
  "{*} is starting.": "{1}正在启动。",
  "{*} is being started again after its thread ended{*}.": "{1}的线程已结束，正在重新启动{2}。",
  "The thread of {*} has ended{*}.": "{1}的线程已结束{2}。",
  "adapter {} ({})": "适配器 {1}（{2}）",
  ": {*}": "：{1}",
  "Wait a few seconds and ask again.": "请稍等几秒再查询。",
  "It is started again by itself; read the hub's log around this time, check its entry with unshub check, and report the error if it comes again.":
    "它会自动重新启动；请查看 Hub 此时前后的日志，用 unshub check 检查其配置项；如再次出现，请报告该错误。",

  // The session of the edge node
  "The {*} was never born here.": "{1}从未在此出生。",
  "The {*} is online.": "{1}在线。",
  "Look whether the gateway runs and reaches the hub (address, port, user, firewall); it comes back by itself.":
    "请检查网关是否运行、能否连到 Hub（地址、端口、用户、防火墙）；它会自动恢复。",
  "The hub started at {} and has not heard the {*} since: its values are from before":
    "Hub 于 {1} 启动，此后没有收到{2}的报文：其值为启动前的",
  "{*}, and no client is connected.": "{1}，且没有客户端连接。",
  "{*}, though {*} is connected.": "{1}，尽管{2}已连接。",
  "Wait for its next message: it goes on with the births of before, or is asked for new ones.":
    "请等待其下一条报文：它会沿用之前的出生证书，或被请求重新发送。",
  "The {*} sends, but messages were missed while the hub was away, and it was not born again since the hub started at {}.":
    "{1}正在发送，但 Hub 停机期间有报文错过，且自 Hub 于 {2} 启动以来它没有重新出生。",
  "The hub asks for a rebirth by itself; when none comes, start the gateway again.":
    "Hub 会自动请求重生；如果没有响应，请重启网关。",
  "The {*} is offline; no client spoke for it since the hub started.":
    "{1}离线；自 Hub 启动以来没有客户端为其发送报文。",
  "{*} is connected, but has not sent the NBIRTH of the {*}.":
    "{1}已连接，但没有发送{2}的 NBIRTH。",
  "Look at the gateway's log: it may wait for a primary host (STATE) or for its devices.":
    "请查看网关的日志：它可能在等待主用主机（STATE）或其设备。",
  "The {*} died. Its {*} is gone: {*}.": "{1}已死亡。其{2}已断开：{3}。",
  "{*} is gone ({*}) and {*}, so nobody was told that the {*} died: its values look alive and are not.":
    "{1}已断开（{2}），且{3}，因此无人得知{4}已死亡：其值看似实时，实则不是。",
  "said no NDEATH": "没有发布 NDEATH",
  "left no Will": "没有留下遗嘱",
  "{*} Give it a Will with NDEATH, and NDEATH before DISCONNECT.":
    "{1}请为其设置 NDEATH 遗嘱，并在 DISCONNECT 之前发布 NDEATH。",
  "The {*} was born at {*}": "{1}于 {2} 出生",
  "{*}, but the DBIRTH of its device {} has not come since.":
    "{1}，但其设备 {2} 的 DBIRTH 此后没有到来。",
  "Look at the gateway's log for this device; it may not reach it, or not have it any more.":
    "请在网关的日志中查找该设备；网关可能无法访问它，或已不再有它。",

  // How a connection ended
  "its connection was lost without DISCONNECT (reset, power or network)":
    "连接在没有 DISCONNECT 的情况下中断（重置、断电或网络）",
  "it said DISCONNECT{*}": "它发送了 DISCONNECT{1}",
  "and asked for its Will": "并要求发布遗嘱",
  "nothing was heard of it for one and a half times its keep alive of {} s":
    "超过心跳间隔（{1} 秒）的一点五倍没有收到任何报文",
  "it was taken over: {*}": "连接被接管：{1}",
  "the hub stopped": "Hub 停止",
  "it was sent off: {*}": "被断开：{1}",
  "the hub ended it: {*}": "Hub 结束了连接：{1}",

  // Order, aliases, births
  'The last {}, at {*}, does not name the metric "{}" any more{*}.':
    "{2} 的最近一次 {1} 中已没有指标“{3}”{4}。",
  '; its alias belongs to "{}" now': "；其别名现在属于“{1}”",
  "Look whether it was renamed or removed in the gateway's configuration; unshub tree shows what its device has now.":
    "请检查它是否在网关配置中被重命名或删除；unshub tree 会显示其设备现有的内容。",
  "{*} ({*}), and there was no birth since; {*}.": "{1}（{2}），此后没有出生证书；{3}。",
  "{*} of its device {}": "{1}（其设备 {2}）",
  "{*} of the edge node": "{1}（边缘节点）",
  "A message could not be decoded": "有一条报文无法解码",
  "Data came without birth, so nobody can read it": "数据到来之前没有出生证书，因此无人能读取",
  "Data came for something that no birth has named": "数据所指的内容未在任何出生证书中出现",
  "Messages were lost before they came here": "报文在到达此处之前丢失",
  "Messages came out of order": "报文到达的顺序错乱",
  "Look at unshub findings for the bytes; the gateway's Sparkplug library is wrong.":
    "请在 unshub findings 中查看字节；网关的 Sparkplug 库有误。",
  "Ask for a rebirth at the gateway, or start it again: births must come before data.":
    "请向网关请求重生，或将其重启：出生证书必须先于数据。",
  "Ask for a rebirth at the gateway, or start it again: its births no longer fit its data.":
    "请向网关请求重生，或将其重启：其出生证书与数据已不相符。",
  "Look for what loses messages between gateway and hub (QoS 0 over a bad link, two clients with one id), and ask for a rebirth.":
    "请查找网关与 Hub 之间丢失报文的原因（QoS 0 经过不良链路、两个客户端使用同一标识），并请求重生。",
  "Look for two senders with one edge node id, or a gateway that sends over several connections.":
    "请检查是否有两个发送方使用同一边缘节点标识，或网关通过多条连接发送。",
  "a rebirth was not asked for yet": "尚未请求重生",
  "a rebirth was asked for at {} by {*} and {*}": "{2}于 {1} 请求了重生，{3}",
  came: "且已收到",
  "has not come": "但尚未收到",
  'client "{}"': "客户端“{1}”",
  "the hub": "Hub",
  "Since {*} only historical values came, the last at {}: they never become the live value.":
    "自 {1} 起只收到历史值，最近一次于 {2}：历史值不会成为实时值。",
  "the hub started": "Hub 启动",
  "Its gateway empties its store after an outage; wait for it, or look why it marks live values as historical.":
    "其网关正在补发中断期间存储的数据；请等待，或检查它为何将实时值标为历史值。",
  "Nothing comes from the {*} that could be read.": "没有收到{1}可读取的内容。",
  "What comes is in order and fits its births.": "收到的内容顺序正确，且与出生证书相符。",

  // The guard
  "Nothing of the {*} came by since the hub started.": "自 Hub 启动以来没有收到{1}的任何内容。",
  "The guard refused {} messages or connections of the {*}, the last with {*}.":
    "规则检查拒绝了{2}的 {1} 条报文或连接，最近一次：{3}。",
  "CONNECT: {*}": "CONNECT：{1}",
  "{#}: {*}": "{1}：{2}",
  "{*} Or let it pass: namespace.sparkplug.rules in unshub.yaml.":
    "{1}或者放行：unshub.yaml 中的 namespace.sparkplug.rules。",
  "See unshub findings.": "请查看 unshub findings。",
  "All that came keeps the rules.": "收到的一切都符合规则。",
  "Nothing was refused; the {*} breaks {*}.": "没有拒绝任何内容；{1}违反了{2}。",
  "a rule": "一条规则",
  "{} rules": "{1} 条规则",

  // The MQTT server and the readers
  "The hub cannot keep messages ({*}); QoS 1 and 2 are refused.":
    "Hub 无法保存报文（{1}）；QoS 1 和 2 被拒绝。",
  "Make room on the disk of hub.dataDir; the hub goes on by itself.":
    "请在 hub.dataDir 所在磁盘上腾出空间；Hub 会自动继续。",
  'Client "{}" sends faster than its messages are carried or stored, so it is read slowly.':
    "客户端“{1}”的发送速度超过其报文的转发或存储速度，因此对其减速读取。",
  "Look at the load of this machine and its disk (/metrics), and at how much the gateway sends.":
    "请查看本机及其磁盘的负载（/metrics），以及网关的发送量。",
  "No client of this edge node is connected{*}.": "{1}没有该边缘节点的客户端连接。",
  "any more": "现在已",
  "The server reads what the edge node sends, at once.": "服务器即时读取边缘节点发送的内容。",
  "there is no room on the disk": "磁盘空间不足",
  "The value came at {}, but {*}, so it shows a wrong age.":
    "该值于 {1} 到达，但{2}，因此显示的时效有误。",
  "its clock is {*} ahead of the hub's": "其时钟比 Hub 快 {1}",
  "it was {*} old by its own clock when it came: that clock is behind, or the value was kept on the way":
    "到达时按其自身时钟已有 {1} 之久：该时钟偏慢，或该值在途中被滞留",
  "Set the clocks of gateway and hub by NTP; timestamps are UTC in milliseconds.":
    "请用 NTP 校准网关和 Hub 的时钟；时间戳为 UTC 毫秒。",
  'The hub has the value, but the subscriber "{}" ({}) reads too slowly: {} messages for it were dropped.':
    "Hub 有该值，但订阅者“{1}”（{2}）读取太慢：发给它的 {3} 条报文已被丢弃。",
  "If it is there that the value looks old: look at the load and network of that subscriber, or let it subscribe to less.":
    "如果是在那里看到旧值：请检查该订阅者的负载和网络，或减少其订阅。",
  "{} metrics: {} bad, {} not live.": "{1} 个指标：{2} 个坏值，{3} 个非实时。",
  "There was no value yet.": "尚无数值。",
  "The tree shows it as {*}: {*}.": "树中显示为{1}：{2}。",
  "The tree shows it as {*}.": "树中显示为{1}。",
};
