/** The page of one metric in Chinese. */
import type { OneMetricTexts } from "./texts-of-one-metric.ts";

export const oneMetricTextsZh: OneMetricTexts = {
  every: (span) => `约每 ${span}`,
  ago: (span) => `${span}前`,
  range: (low, high) => `量程 ${low} … ${high}`,
  fromLow: (low) => `量程自 ${low} 起`,
  toHigh: (high) => `量程至 ${high}`,
  limits: "限值",
  marks: { highHigh: "HH", high: "H", low: "L", lowLow: "LL" },
  limitNames: { highHigh: "高高限", high: "高限", low: "低限", lowLow: "低低限" },
  outside: "超出量程",
  beyond: (limit) => `越过限值 ${limit}`,
  menu: "此指标的更多操作",
  deleteRetained: "删除保留报文…",
  toTag: "转到适配器的标签",
  noTag: "本 Hub 没有适配器产生它",
  noPlace: "它在工厂中没有位置，因此没有普通主题",
  copies: {
    title: (name) => `复制 ${name}`,
    kinds: {
      uns: "UNS 路径",
      sparkplug: "Sparkplug 名称",
      topic: "MQTT 主题",
      origin: "来源",
      link: "链接",
      value: "值",
      json: "JSON 数据",
    },
  },
  exports: {
    title: "将历史值导出为文件",
    what: "文件内容",
    chosen: (count) => `所选的 ${count} 行`,
    filter: (filter) => `当前符合：${filter}`,
    row: (path) => `${path} 及其下全部`,
    all: "全部",
    tooMany: "所选行数超过一次可请求的数量；请改用筛选。",
    formats: { csv: "CSV 文件", jsonl: "JSON 行" },
  },
  lastDelivery: "最近投递",
  noDelivery: "尚无",
};
