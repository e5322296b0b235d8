/** The rules about topics, CONNECT and payloads, and what to do: titles and advice of `unshub findings` in Chinese. */
import type { Forms } from "../hub-words.ts";

export const RULES: Forms = {
  // Topics, QoS and retain
  "namespace is not spBv1.0": "命名空间不是 spBv1.0",
  "Write the first level exactly as spBv1.0 in the edge node or host.":
    "在边缘节点或主机应用中，将主题的第一级准确写为 spBv1.0。",
  "too many or too few levels": "主题层级过多或过少",
  "Use spBv1.0/group/TYPE/edge node[/device], or spBv1.0/STATE/host.":
    "请使用 spBv1.0/组/类型/边缘节点[/设备]，或 spBv1.0/STATE/主机。",
  "unknown message type": "未知的报文类型",
  "Write the message type in upper case, one of those in the standard.":
    "报文类型须大写，且为标准规定的类型之一。",
  "device id missing": "缺少设备标识",
  "Add the device id as fifth level, or use the N… message of the edge node.":
    "将设备标识加为第五级，或改用边缘节点的 N… 报文。",
  "device id where none belongs": "不应出现设备标识",
  "Leave out the fifth level, or use the D… message of the device.":
    "去掉第五级，或改用设备的 D… 报文。",
  "empty id": "标识为空",
  "Give the group, edge node, device or host an id.": "请为组、边缘节点、设备或主机指定标识。",
  "forbidden character in an id": "标识中有禁用字符",
  "Rename the group, edge node, device or host without that character.":
    "请重命名组、边缘节点、设备或主机，去掉该字符。",
  "ids differ only in case": "标识仅大小写不同",
  "Spell the id the same way everywhere; programs that ignore case mix the two up.":
    "请在各处使用相同的写法；不区分大小写的程序会将两者混淆。",
  "STATE of before 3.0": "3.0 之前的 STATE",
  "Set the host to Sparkplug 3.0; edge nodes of 3.0 do not hear the old topic.":
    "请将主机应用设为 Sparkplug 3.0；3.0 的边缘节点不监听旧主题。",
  "publishing under $sparkplug/": "在 $sparkplug/ 下发布",
  "Take the client out of that topic; only the server publishes there.":
    "请让客户端停止使用该主题；只有服务器可以在此发布。",
  "QoS is not 0": "QoS 不为 0",
  "Publish births, data, deaths of devices and commands with QoS 0.":
    "出生证书、数据、设备死亡证书和命令须以 QoS 0 发布。",
  retained: "设置了保留标志",
  "Publish without retain; delete what is retained already with an empty retained message.":
    "发布时不要设置保留标志；已保留的内容请用一条空的保留报文删除。",
  "STATE QoS is not 1": "STATE 的 QoS 不为 1",
  "Publish STATE with QoS 1.": "请以 QoS 1 发布 STATE。",
  "STATE not retained": "STATE 未保留",
  "Publish STATE retained, so that edge nodes that come later hear it.":
    "请将 STATE 发布为保留报文，使后来的边缘节点也能收到。",

  // CONNECT and Wills
  "not a clean session": "不是干净会话",
  "Connect with Clean Session (3.1.1) or Clean Start (5).":
    "连接时请设置 Clean Session（3.1.1）或 Clean Start（5）。",
  "Session Expiry is not 0": "会话过期时间不为 0",
  "Leave out the Session Expiry Interval, or set it to 0.": "请省略会话过期时间，或将其设为 0。",
  "no Will": "没有遗嘱",
  "Register the NDEATH (edge node) or STATE offline (host) as Will; without it nobody hears of a lost connection.":
    "请将 NDEATH（边缘节点）或 STATE 离线（主机应用）注册为遗嘱；否则连接中断时无人知晓。",
  "Will of somebody else": "遗嘱属于他者",
  "Register the Will on the NDEATH topic of this very edge node, or the STATE topic of this host.":
    "遗嘱须注册在该边缘节点自己的 NDEATH 主题，或该主机应用自己的 STATE 主题上。",
  "Will QoS is not 1": "遗嘱的 QoS 不为 1",
  "Register the Will with QoS 1.": "请以 QoS 1 注册遗嘱。",
  "Will retain is wrong": "遗嘱的保留标志有误",
  "Clear retain for NDEATH, set it for STATE.": "NDEATH 不得设置保留标志，STATE 必须设置。",
  "NDEATH Will does not decode": "NDEATH 遗嘱无法解码",
  "Register a Sparkplug B protobuf payload with the metric bdSeq as Will.":
    "请将含指标 bdSeq 的 Sparkplug B protobuf 载荷注册为遗嘱。",
  "bdSeq of the Will": "遗嘱的 bdSeq",
  "Put one metric bdSeq into the Will, Int64, 0 to 255.":
    "请在遗嘱中放入一个指标 bdSeq，类型 Int64，取值 0 至 255。",
  "bdSeq does not go up by one": "遗嘱的 bdSeq 未逐次加一",
  "Count bdSeq up with each CONNECT and make the Will anew before each; automatic reconnects often send the old one.":
    "每次 CONNECT 时 bdSeq 须加一，并在此前重新生成遗嘱；自动重连常会发送旧遗嘱。",
  "STATE Will is wrong": "STATE 遗嘱有误",
  'Register {"online":false,"timestamp":milliseconds} as Will.':
    '请将 {"online":false,"timestamp":毫秒} 注册为遗嘱。',
  "time of the Will": "遗嘱的时间",
  "Set the clock (NTP); timestamps are UTC in milliseconds.":
    "请校准时钟（NTP）；时间戳为 UTC 毫秒。",

  // Heads of payloads
  "not a Sparkplug payload": "不是 Sparkplug 载荷",
  "Publish Sparkplug B protobuf here, or move other data to a topic outside spBv1.0.":
    "此处请发布 Sparkplug B protobuf，或将其他数据移到 spBv1.0 以外的主题。",
  "seq missing": "缺少 seq",
  "Write seq into every message but NDEATH and commands, 0 too.":
    "除 NDEATH 和命令外，每条报文都须写入 seq，为 0 时也要写。",
  "seq above 255": "序列号 seq 大于 255",
  "Let seq run from 0 to 255 and begin again.": "seq 应从 0 到 255 循环。",
  "seq where none belongs": "不应出现 seq",
  "Leave seq out of NDEATH, NCMD and DCMD.": "NDEATH、NCMD 和 DCMD 中不要写 seq。",
  "payload timestamp missing": "载荷缺少时间戳",
  "Write the time of sending into the payload.": "请将发送时间写入载荷。",
  "payload timestamp is off": "载荷时间戳偏差过大",
  "STATE is not as it should be": "STATE 不符合要求",
  'Publish {"online":true or false,"timestamp":milliseconds}.':
    '请发布 {"online":true 或 false,"timestamp":毫秒}。',
};
