/** The rules about sessions of edge nodes and hosts, and those of the hub itself: titles and advice in Chinese. */
import type { Forms } from "../hub-words.ts";

export const SESSION_RULES: Forms = {
  "something before the birth": "出生证书之前就有报文",
  "Publish NBIRTH first in each MQTT session.": "每个 MQTT 会话中须首先发布 NBIRTH。",
  "DBIRTH before NBIRTH": "DBIRTH 早于 NBIRTH",
  "Publish NBIRTH, then the DBIRTH of each device.": "先发布 NBIRTH，再发布每台设备的 DBIRTH。",
  "device is not born": "设备尚未出生",
  "Publish DBIRTH before the data of a device, again after its DDEATH.":
    "发布设备数据之前须先发布 DBIRTH；DDEATH 之后须再次发布。",
  "gap in seq": "序列号 seq 不连续",
  "Give out seq in the order of sending, one counter for the edge node and all its devices; look for dropped messages.":
    "seq 须按发送顺序分配，边缘节点及其所有设备共用一个计数器；请查找丢失的报文。",
  "NBIRTH seq is not 0": "NBIRTH 的 seq 不为 0",
  "Begin with seq 0 in each NBIRTH.": "每个 NBIRTH 的 seq 须从 0 开始。",
  "NBIRTH without bdSeq": "NBIRTH 没有 bdSeq",
  "Put the metric bdSeq with the number of the Will into NBIRTH.":
    "请在 NBIRTH 中放入指标 bdSeq，其值与遗嘱相同。",
  "bdSeq is not that of the Will": "与遗嘱不一致的 bdSeq",
  "Use the bdSeq of the Will of this connection in NBIRTH and NDEATH; a rebirth keeps it.":
    "NBIRTH 和 NDEATH 须使用本次连接遗嘱中的 bdSeq；重生时保持不变。",
  "edge node of another client": "边缘节点属于另一个客户端",
  "Give each edge node and each client an id of its own (a copied configuration?), or end the other client.":
    "请为每个边缘节点和每个客户端指定各自的标识（是否复制了配置？），或结束另一个客户端。",
  "left without saying so": "离开时未告知",
  "Publish NDEATH (edge node) or STATE offline (host) before DISCONNECT.":
    "请在 DISCONNECT 之前发布 NDEATH（边缘节点）或 STATE 离线（主机应用）。",
  "DISCONNECT without the Will": "DISCONNECT 未触发遗嘱",
  "Disconnect with reason 0x04 (MQTT 5).": "断开时请使用原因码 0x04（MQTT 5）。",
  "no NCMD subscription": "没有订阅 NCMD",
  "Subscribe to the NCMD topic with QoS 1 before NBIRTH; without it nobody can ask for a rebirth.":
    "请在 NBIRTH 之前以 QoS 1 订阅 NCMD 主题；否则无人能请求重生。",
  "no DCMD subscription": "没有订阅 DCMD",
  "Subscribe to the DCMD topic of each writable device with QoS 1.":
    "请以 QoS 1 订阅每台可写设备的 DCMD 主题。",
  "birth while the primary host is offline": "主用主机离线时出生",
  "Wait for STATE online of the primary host before NBIRTH.":
    "请等到主用主机的 STATE 为在线后再发布 NBIRTH。",
  "STATE online out of order": "STATE 在线的顺序有误",
  "Subscribe, then publish STATE online before anything else.":
    "请先订阅，然后在其他任何报文之前发布 STATE 在线。",
  "STATE timestamp is not that of the Will": "STATE 的时间戳与遗嘱不一致",
  "Use the timestamp of the Will in STATE online.": "STATE 在线须使用遗嘱中的时间戳。",
  "host id used twice": "主机标识被重复使用",
  "Give each host an id of its own, or end the other client.":
    "请为每个主机应用指定各自的标识，或结束另一个客户端。",
  "rebirth request not served": "未响应重生请求",
  "Stop data on a rebirth request, send NBIRTH and every DBIRTH, then go on.":
    "收到重生请求后应停止发送数据，发送 NBIRTH 和所有 DBIRTH，然后继续。",
  "device is born already": "设备已经出生",
  "Publish DDEATH before a new DBIRTH, or a whole rebirth; look for two devices with one id.":
    "请在新的 DBIRTH 之前发布 DDEATH，或进行完整的重生；请检查是否有两台设备使用同一标识。",
  "DBIRTH after data began": "数据开始之后才发布 DBIRTH",
  "Birth the devices that are known right after NBIRTH; devices that appear later are in order.":
    "已知的设备应紧随 NBIRTH 出生；后来出现的设备则属正常。",
  "STATE not corrected": "STATE 未更正",
  "Publish STATE online again when offline comes on the own topic.":
    "自己的主题上出现离线时，应再次发布 STATE 在线。",

  // The hub itself: places, sinks, history
  "no place in the plant": "在工厂中没有位置",
  "add a rule for it to uns.placement, or a last one for everything":
    "请在 uns.placement 中为其添加规则，或在最后添加一条适用于全部的规则",
  "two at one place": "两者位于同一位置",
  "give one of them another place in uns.placement; the first one keeps the path":
    "请在 uns.placement 中为其中之一指定另一位置；先来者保留该路径",
  "a metric stands where another one is written": "一个指标占用了写入另一个指标的位置",
  "rename the metric set, or write the other one by command":
    "请重命名指标 set，或用命令写入另一个指标",
  "a path that cannot be a topic": "路径不能作为主题",
  "shorten the name of the metric, or the path of its device": "请缩短指标名称或其设备的路径",
  "a sink cannot write": "输出端无法写入",
  "see unshub sinks for the reason; nothing is lost while history.replay keeps what it has not read":
    "原因见 unshub sinks；只要 history.replay 仍保留其尚未读取的内容，就不会丢失",
  "values are missing at a sink": "输出端缺少数值",
  "raise history.replay.keep and maxSize above the longest time that the target may be away; unshub export still has what is missing there, as long as history.keep":
    "请将 history.replay.keep 和 maxSize 提高到目标可能中断的最长时间以上；在 history.keep 期限内，缺失部分仍可用 unshub export 导出",
  "the target of a sink refuses values": "输出端的目标拒绝数值",
  "see unshub sinks dead-letters NAME; when the cause is gone: unshub sinks retry NAME":
    "请查看 unshub sinks dead-letters NAME；原因消除后：unshub sinks retry NAME",
  "the history is not recorded": "历史未被记录",
  "make room on the disk of hub.dataDir, or keep less (history.keep, history.maxSize); unshub history --completeness shows what is missing":
    "请在 hub.dataDir 所在磁盘上腾出空间，或减少保留量（history.keep、history.maxSize）；unshub history --completeness 会显示缺失部分",
};
