/** What was found by the guard and by the hub itself, with the measured values, in Chinese. */
import type { Forms } from "../hub-words.ts";

export const FINDINGS: Forms = {
  "{*} (and {} more in the same message)": "{1}（同一报文中另有 {2} 处）",
  "edge node {}": "边缘节点 {1}",
  "host {}": "主机 {1}",
  "client {}": "客户端 {1}",
  "device {}": "设备 {1}",
  "sink {}": "输出端 {1}",
  "the history of the hub": "Hub 的历史",

  // Who speaks for whom
  'client "{}" ({})': "客户端“{1}”（{2}）",
  "{*}, which names it in its Will": "{1}，后者在遗嘱中指明了它",
  '{*} take "{}/{}" from each other: two gateways have one client id':
    "{1}互相抢占“{2}/{3}”：两个网关使用了同一客户端标识",
  'client "{}" ({}) and client "{}" ({})': "客户端“{1}”（{2}）与客户端“{3}”（{4}）",
  "{*}, which publishes {} for it": "{1}，后者为其发布 {2}",
  '"{}/{}" belongs to {*}, not to {*}': "“{1}/{2}”属于{3}，而不属于{4}",
  'host id "{}" is used by {*} and by {*}': "主机标识“{1}”被{2}和{3}同时使用",
  "this hub": "本 Hub",
  'the {*} id "{}" differs only in case from "{}" of client "{}"':
    "{1}标识“{2}”与客户端“{4}”的“{3}”仅大小写不同",
  group: "组",
  "edge node": "边缘节点",
  device: "设备",
  host: "主机",

  // CONNECT, Wills and leaving
  "Will: {*}": "遗嘱：{1}",
  'the Will topic is "{}", expected an NDEATH or STATE topic':
    "遗嘱的主题为“{1}”，应为 NDEATH 或 STATE 主题",
  'the Will topic is "{}", expected "{}"': "遗嘱的主题为“{1}”，应为“{2}”",
  "{} is 0, expected 1": "{1} 为 0，应为 1",
  "Session Expiry is {} s, expected 0": "会话过期时间为 {1} 秒，应为 0",
  "the Will has QoS {}, expected 1": "遗嘱的 QoS 为 {1}，应为 1",
  "the Will has retain {}, expected {}": "遗嘱的保留标志为 {1}，应为 {2}",
  '"online" of the Will is true, expected false': "遗嘱中的“online”为 true，应为 false",
  "the timestamp of the Will {*}": "遗嘱的时间戳{1}",
  "the Will is {*}": "遗嘱{1}",
  "the NDEATH Will does not decode: {*}": "NDEATH 遗嘱无法解码：{1}",
  "the host has no Will": "主机应用没有遗嘱",
  "the edge node has no Will": "边缘节点没有遗嘱",
  "bdSeq of the Will is {} after {}, expected {}": "遗嘱的 bdSeq 在 {2} 之后为 {1}，应为 {3}",
  "NDEATH has {} metrics, expected bdSeq alone": "NDEATH 有 {1} 个指标，应只有 bdSeq",
  "NDEATH has seq {}, expected none": "NDEATH 带有 seq {1}，不应有",
  "bdSeq of NDEATH is no number from 0 to 255": "NDEATH 的 bdSeq 不是 0 至 255 的数",
  "NDEATH has no metric bdSeq": "NDEATH 没有指标 bdSeq",
  "bdSeq of NDEATH has datatype {}, expected {} (Int64)":
    "NDEATH 的 bdSeq 的数据类型为 {1}，应为 {2}（Int64）",
  "DISCONNECT without a published NDEATH": "DISCONNECT 之前没有发布 NDEATH",
  "DISCONNECT with reason 0x{}, expected 0x04": "DISCONNECT 的原因码为 0x{1}，应为 0x04",
  'DISCONNECT without offline on "{}"': "DISCONNECT 之前没有在“{1}”上发布离线",

  // Flags and heads
  "{} with QoS {}, expected 0": "{1} 的 QoS 为 {2}，应为 0",
  "{} with retain set, expected clear": "{1} 设置了保留标志，不应设置",
  "{} has seq {}, expected none": "{1} 带有 seq {2}，不应有",
  "{} has no seq": "{1} 没有 seq",
  "seq is {}, expected 0 to {}": "seq 为 {1}，应为 0 至 {2}",
  "{} has no payload timestamp": "{1} 的载荷没有时间戳",
  "the payload timestamp {*}": "载荷的时间戳{1}",
  "is {} s {*} the clock of this server{*}": "比本服务器的时钟{2} {1} 秒{3}",
  "ahead of": "快",
  behind: "慢",
  "(seconds instead of milliseconds?)": "（用了秒而不是毫秒？）",
  "(microseconds instead of milliseconds?)": "（用了微秒而不是毫秒？）",
  "(local time instead of UTC?)": "（用了本地时间而不是 UTC？）",
  "not a Sparkplug payload{*}: {*}": "不是 Sparkplug 载荷{1}：{2}",
  "(it looks like JSON)": "（看似 JSON）",
  "(it looks like gzip)": "（看似 gzip）",
  "(it looks like text)": "（看似文本）",

  // STATE
  "STATE with QoS {}, expected 1": "STATE 的 QoS 为 {1}，应为 1",
  "STATE without retain, expected set": "STATE 未设置保留标志，应设置",
  "STATE online is not the first message of the host": "STATE 在线不是该主机应用的第一条报文",
  "STATE online before the subscription to {*}": "在订阅{1}之前就发布了 STATE 在线",
  "messages of edge nodes": "边缘节点的报文",
  "timestamp is {}, that of the Will {}": "时间戳为 {1}，遗嘱中为 {2}",
  "the timestamp of STATE offline {*}": "STATE 离线的时间戳{1}",
  'host "{}" is connected and did not correct its STATE offline {*}':
    "主机“{1}”已连接，但{2}没有更正其 STATE 离线",
  "within {} s": "在 {1} 秒内",

  // The order of a session
  "{*}, and {*} meanwhile": "{1}，其间{2}",
  "no data message": "也没有数据报文",
  "1 data message": "有 1 条数据报文",
  "{} data messages": "有 {1} 条数据报文",
  "no NBIRTH within {} s of the rebirth request": "请求重生后 {1} 秒内没有 NBIRTH",
  'a message on "{}" before NBIRTH in this MQTT session':
    "在本次 MQTT 会话中，NBIRTH 之前就在“{1}”上发布了报文",
  "DBIRTH before NBIRTH in this MQTT session": "在本次 MQTT 会话中，DBIRTH 早于 NBIRTH",
  "{} before NBIRTH in this MQTT session": "在本次 MQTT 会话中，{1} 早于 NBIRTH",
  '{} of device "{}" {*}': "设备“{2}”{3}就有 {1}",
  "after its DDEATH": "在 DDEATH 之后",
  "without DBIRTH": "没有 DBIRTH",
  "seq is {}, expected {} ({*}, or out of order)": "seq 为 {1}，应为 {2}（{3}，或顺序错乱）",
  "{#} lost": "丢失 {1} 条",
  "an earlier one": "较早的一条",
  "seq of NBIRTH is {}, expected 0": "NBIRTH 的 seq 为 {1}，应为 0",
  'no subscription to "{}"{*}': "没有订阅“{1}”{2}",
  "at QoS 1, only at QoS 0": "的 QoS 1，只有 QoS 0",
  "bdSeq of NBIRTH is no number from 0 to 255": "NBIRTH 的 bdSeq 不是 0 至 255 的数",
  "NBIRTH has no metric bdSeq": "NBIRTH 没有指标 bdSeq",
  "bdSeq of NBIRTH is {}, that of the Will {}": "NBIRTH 的 bdSeq 为 {1}，遗嘱中为 {2}",
  "bdSeq of NDEATH is {}, that of the Will {}": "NDEATH 的 bdSeq 为 {1}，遗嘱中为 {2}",
  'NBIRTH while "{}" says offline': "“{1}”为离线时发布了 NBIRTH",
  'DBIRTH of device "{}", which is alive': "设备“{1}”仍然存活，却又发布了 DBIRTH",
  'DBIRTH of device "{}" after data began': "设备“{1}”的 DBIRTH 在数据开始之后",
  'the subscription to "{}" has QoS 0, expected 1': "对“{1}”的订阅 QoS 为 0，应为 1",
  'device "{}" has writable metrics and no subscription to "{}"':
    "设备“{1}”有可写指标，却没有订阅“{2}”",

  // The hub itself: places, sinks, history
  "{*} stands at {} already, and rule {} of uns.placement puts {} there too":
    "{1} 已位于 {2}，而 uns.placement 的规则 {3} 又将 {4} 放在该处",
  "{*} stands at {} already, and so would {} {}": "{1} 已位于 {2}，{3} {4} 也会位于该处",
  something: "其他内容",
  "its group": "其组",
  "its device id": "其设备标识",
  "{*}; it stands at {}": "{1}；现位于 {2}",
  "rule {} fits, but {*}": "规则 {1} 适用，但{2}",
  "no rule is for it": "没有适用的规则",
  "{} has an empty part": "{1} 中有空的部分",
  "{} is published on {}, where {} would be written": "{1} 发布在 {2} 上，而该处用于写入 {3}",
  "the path of {} bytes is longer than a topic may be; it begins {}":
    "路径有 {1} 字节，超过主题允许的长度；其开头为 {2}",
  "the edge node {}: {*}": "边缘节点 {1}：{2}",
  "what came between {} and {} is no longer in the log (replay.sparkplug)":
    "{1} 至 {2} 之间的内容已不在日志中（replay.sparkplug）",
  "{*}; it begins anew with the oldest value that is there": "{1}；将从现存最早的值重新开始",
  "the file with its position cannot be read": "记录其位置的文件无法读取",
  "the history is another one than it was": "历史已不是原来的那一份",
  "{} values, received {} to {}, were deleted from the order of arrival (history.replay), or damaged, before they were written":
    "{2} 至 {3} 收到的 {1} 个值在写出之前已从到达顺序（history.replay）中删除，或已损坏",
  "no answer within {} s": "{1} 秒内没有应答",
  "the connection was lost": "连接中断",
  "the history is not running": "历史没有运行",
  "more values come than the history can write; what it cannot take is a gap in it":
    "数值多于历史可写入的数量；未能写入的部分成为空缺",
  "its file cannot be written": "其文件无法写入",
  "its thread ended: {*}": "其线程已结束：{1}",
  "it ended by itself": "自行结束",
  "{} values, the first of {}: {*}": "{1} 个值，第一个属于 {2}：{3}",
  "the history {} cannot be read ({*}); it was moved to {}, and a new one begun":
    "历史 {1} 无法读取（{2}）；已移至 {3}，并新建一份",
  "history.record is false": "history.record 为 false",

  // Adapters and clients
  "adapter {}": "适配器 {1}",
  "a device does not answer": "设备没有应答",
  "look at its power, its cable and its address; the page of adapters says how each request went":
    "请检查其电源、线缆和地址；适配器页面会说明每个请求的情况",
  "an adapter ended and is started again": "适配器已结束，正在重新启动",
  "look at its entry in the configuration, and at the log of the hub for what came before":
    "请检查它在配置中的条目，以及 Hub 日志中此前的内容",
  "its thread ended": "其线程已结束",
  "it does not answer": "它没有应答",
  "publish refused: outside the allowed namespace": "发布被拒绝：不在允许的命名空间内",
  "publish below spBv1.0, or let other topics in (namespace.otherTopics)":
    "请在 spBv1.0 下发布，或允许其他主题（namespace.otherTopics）",
  "publish refused: no grant": "发布被拒绝：没有授权",
  "give its user, token or certificate the grant that it needs, or stop it from publishing there":
    "请授予其用户、令牌或证书所需的权限，或让它不再在该处发布",
  "publish refused": "发布被拒绝",
  "publish elsewhere, or change what forbids it: the sentence says what that is":
    "请在别处发布，或更改禁止它的规定：上面的说明指出了是哪一项",

  // When something is over by itself
  "its edge node is born again and does not do it for ten seconds":
    "其边缘节点重生且十秒内不再出现",
  "the edge node was born again without it": "边缘节点已重生且没有再出现",
  "the client connects again without it": "该客户端重新连接且不再出现",
  "the client connected again without it": "该客户端已重新连接且没有再出现",
  "the device answers again": "设备恢复应答",
  "the adapter runs again": "适配器恢复运行",
  "the sink writes again": "输出端恢复写入",
  "the history is recorded again": "历史恢复记录",
  "the configuration no longer has it": "配置中已没有它",
};
