/** Why a value is not good: words of the hub and of its adapters, in Chinese. */
import type { Forms } from "../hub-words.ts";

export const REASONS: Forms = {
  good: "良好",
  bad: "坏值",
  stale: "过时",
  offline: "离线",
  uncertain: "不确定",
  "last-known": "最后已知",
  none: "无",

  // What became of messages of an edge node
  "seq {} came when {} was expected: an earlier message": "应为 seq {2} 时来了 {1}：较早的报文",
  "seq {} came when {} was expected: {} lost": "应为 seq {2} 时来了 {1}：丢失 {3} 条",
  "a message without seq, {} was expected": "没有 seq 的报文，应为 {1}",
  "{} without birth": "没有出生证书就有 {1}",
  "{#} metrics": "{1} 个指标",
  "{#} metrics, the same as before": "{1} 个指标，与之前相同",
  "{#} metrics, {#} new, {#} gone": "{1} 个指标，新增 {2} 个，减少 {3} 个",
  "bdSeq {#}, {*}": "bdSeq {1}，{2}",
  "asked by {}": "由 {1} 请求",
  "asked by {}: {*}": "由 {1} 请求：{2}",
  "asked by this hub: {*}": "由此 Hub 请求：{1}",
  "reset by {}": "由 {1} 重置",
  "{} metrics marked stale": "{1} 个指标标为陈旧",
  "{} metrics marked offline": "{1} 个指标标为离线",

  // Why somebody asked for a rebirth
  "somebody wanted it": "有人请求",
  "message before birth": "出生证书之前有报文",
  "messages missing": "缺少报文",
  "birth out of order": "出生证书顺序错乱",
  "unknown metric or alias": "未知的指标或别名",
  "undecodable payload": "载荷无法解码",
  "connected again": "重新连接",
  "asked for": "被请求",

  "edge node died": "边缘节点已死亡",
  "device died": "设备已死亡",
  "waiting for its birth": "等待其出生证书",
  "not in the last birth": "不在最近的出生证书中",
  "not heard since the hub started; was bad": "Hub 启动后尚未收到；此前为坏值",
  "not heard since the hub started; was stale": "Hub 启动后尚未收到；此前为过时",
  "not heard since the hub started; was good": "Hub 启动后尚未收到；此前为良好",
  "not heard since the hub started; was offline": "Hub 启动后尚未收到；此前为离线",
  "not heard since the hub started; was uncertain": "Hub 启动后尚未收到；此前为不确定",
  "as its last birth said, not heard since": "为其最近出生证书所述，此后未再收到",
  "connection to the server lost": "与服务器的连接中断",
  "messages were lost": "有报文丢失",
  "its birth was deleted": "其出生证书已被删除",
  "its adapter is stopped": "其适配器已停用",
};
