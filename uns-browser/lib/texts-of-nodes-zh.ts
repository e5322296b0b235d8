/** The page of edge nodes in Chinese. */
import type { NodesTexts } from "./texts-of-nodes.ts";

export const nodesTextsZh: NodesTexts = {
  filter: "按名称、状态或原因筛选",
  which: "哪些边缘节点",
  shown: {
    all: "全部",
    trouble: "有问题",
    online: "在线",
    offline: "离线",
    unborn: "无出生",
  },
  count: (shown, all) => `${shown} / ${all} 个边缘节点`,
  noMatch: "没有符合的边缘节点。",
  more: (count) => `再显示 ${count} 个`,
  sortBy: (column) => `按${column}排序`,
  sorts: {
    state: "状态：有问题的在前",
  },
  bulk: {
    open: (count) => `请求 ${count} 个节点重生…`,
    title: (count) => `请求 ${count} 个边缘节点重生？`,
    meaning:
      "每个节点会重新发送其全部出生证书，所有订阅者都会收到。逐个请求；刚被请求过的节点由重生保护略过。",
    onlyOnline: (count) => `另有 ${count} 个不在线，不会被请求。`,
    tooMany: (most) => `只请求前 ${most} 个；其余请用筛选。`,
    next: "查看名单…",
    confirmTitle: (count) => `将请求这 ${count} 个边缘节点`,
    confirm: (count) => `立即请求 ${count} 次重生`,
    running: (done, all) => `已请求 ${done} / ${all} 个…`,
    done: (asked, held, not) => `已请求 ${asked} 个，${held} 个刚被他人请求过，${not} 个无法请求。`,
    stop: "停止",
    outcomes: {
      asked: "已请求",
      held: "刚被他人请求过",
      offline: "未连接",
    },
  },
  cause: "最近一次被请求出生证书的原因",
  hint: "怎么办",
  causes: {
    "data before birth": {
      means: "Hub 还没有其出生证书时它就发送了数据，因此没有人知道其别名对应的名称。",
      hint: "Hub 或边缘节点启动后出现一次属正常。反复出现：边缘节点没有等连接建立就发送，或防火墙切断了连接。",
    },
    "sequence gap": {
      means: "序号跳变：中间的报文在途中丢失了。其中可能发生变化的值在再次到达之前均为过时。",
      hint: "检查网络是否缓慢或中断、边缘节点的队列是否已满，或是否有两个客户端使用同一边缘节点 ID。",
    },
    "unknown metric or alias": {
      means: "报文中的指标或别名不在其最近的出生证书里。",
      hint: "边缘节点更改了指标却没有发送新的出生证书。请咨询其供应商；重启它会带来新的出生证书。",
    },
    "undecodable payload": {
      means: "报文无法作为 Sparkplug 负载读取。",
      hint: "在其任一指标页面的“原始报文”中查看字节。常见原因是负载为 JSON，或用了自有的压缩方式。",
    },
    "carried on": {
      means: "转发其报文的另一台 MQTT 服务器需要其出生证书。",
      hint: "无需处理；若频繁发生，则到该服务器的连接不稳定。",
    },
    "somebody wanted it": {
      means: "有人在页面、API 或命令行上请求了它。",
      hint: "无需处理。审计记录中有请求者。",
    },
  },
  twoClientsHint:
    "找出使用同一组和边缘节点 ID 的第二台网关（常是复制的配置或备件），并为其设置自己的 ID。在此之前双方会互相抢占连接，出生证书会反复到来。",
  copyEvidence: "复制证据",
  copiedEvidence: "证据已在剪贴板上。",
};
