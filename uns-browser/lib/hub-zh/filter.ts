/** What the filter of the namespace does not understand, in Chinese. */
import type { Forms } from "../hub-words.ts";

export const FILTER: Forms = {
  "nothing stands between the quotes": "引号之间没有内容",
  "a pattern has at most {} characters": "正则表达式最多 {1} 个字符",
  "repetition inside a repetition takes too long": "重复中的重复耗时过长",
  "this is no regular expression": "不是正则表达式",
  "# may only stand at the end": "# 只能位于末尾",
  "{#}: needs a word behind the colon": "{1}：冒号之后需要有词",
  '{#}: is one of {}, not "{}"': "{1}：应为 {2} 之一，而不是“{3}”",
  '"{}:" is not known; known are {}, value, age, changed, rate, violations and silent':
    "“{1}:”未知；可用的有 {2}、value、age、changed、rate、violations 和 silent",
  "write {#}>5m or {#}<10s": "请写成 {1}>5m 或 {2}<10s",
  "write {#}>5 or {#}<1": "请写成 {1}>5 或 {2}<1",
  "value{} needs something to compare with": "value{1} 需要有比较的值",
  "value{#} needs a number": "value{1} 需要一个数字",
};
