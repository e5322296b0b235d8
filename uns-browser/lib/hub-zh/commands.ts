/** Why a command was not sent, and how it ended, in Chinese. */
import type { Forms } from "../hub-words.ts";

export const COMMANDS: Forms = {
  // Refused before anything was sent
  'there is no metric "{}"': "没有指标“{1}”",
  "it may be commanded once in {} s; wait {} s": "每 {1} 秒只能下达一次命令；请等待 {2} 秒",
  "a second person must say yes: command it by the page, the API or unshub write":
    "必须由第二人同意：请通过本页面、API 或 unshub write 下达命令",
  "{} is not subscribed to {}: nothing would be delivered": "{1} 没有订阅 {2}：命令无法送达",
  "a second person must say yes, and nobody knows who the first is: log in":
    "必须由第二人同意，但不知道第一人是谁：请登录",
  "a second person must say yes before it is sent": "发送前必须由第二人同意",
  '"{}" is not what it was when it was asked for': "“{1}”已不是提出请求时的样子",
  "nobody knows who you are: log in": "不知道您是谁：请登录",
  "{} may no longer propose this": "{1}不再被允许提出此建议",
  "the second person must be another one": "第二人必须是另一个人",
  "it was not sent": "没有发送",
  "the command could not be sent; see the log of the hub": "命令无法发送；请查看 Hub 的日志",
  "a second person must say yes to one of them: write it alone":
    "其中之一必须由第二人同意：请单独写入",
  "no birth names {}": "出生证书中没有 {1}",
  "{} is of no datatype of the standard": "{1} 的数据类型不在标准之中",
  "another metric of the same command cannot be written": "同一命令中的另一个指标无法写入",
  "the audit trail cannot be written: no commands until it can":
    "审计记录无法写入：恢复之前不能下达命令",
  'commands are blocked until they are opened: add { metrics: "{}" } to commands.rules in unshub.yaml':
    '命令默认被阻止，需先开放：请在 unshub.yaml 的 commands.rules 中添加 { metrics: "{1}" }',
  'rule {} of commands.rules blocks "{}"': "commands.rules 的规则 {1} 阻止写入“{2}”",
  '"{}" is read-only': "“{1}”为只读",
  '"{}" is of a type that cannot be written yet': "“{1}”的类型目前不能写入",
  'edge node "{}" is offline': "边缘节点“{1}”离线",
  'device "{}" is offline': "设备“{1}”离线",
  'no grant of {} allows to command "{}"': "{1} 的授权不允许对“{2}”下达命令",
  'no grant allows to command "{}"': "没有授权允许对“{1}”下达命令",
  "no second person said yes in time": "第二人没有及时同意",
  "{} said no": "{1} 不同意",
  "too many at once: this one is not followed": "同时进行的过多：此命令不再跟踪",

  // The value
  "a value of datatype {} cannot be written from here": "数据类型为 {1} 的值不能在此写入",
  "{} is no {#}{*}": "{1} 不是 {2}{3}",
  "; send it as text, JSON numbers lose digits": "；请以文本发送，JSON 数字会丢失位数",
  "{#} is no step of {} from {}": "{1} 不是以 {3} 为起点、步长 {2} 的值",
  "{#} is outside {#} to {#} {}": "{1} 超出允许的范围 {2} 至 {3} {4}",
  "{#} is outside {#} to {#}": "{1} 超出允许的范围 {2} 至 {3}",
  "it may change by {} at most, and its present value is not known":
    "每次最多改变 {1}，而其当前值未知",
  "from {} to {} is more than the {} by which it may change at once":
    "从 {1} 到 {2} 超过每次允许的变化量 {3}",
  'interlock: there is no metric "{}"': "联锁：没有指标“{1}”",
  "interlock: {} is {*}, so nobody knows": "联锁：{1} 为{2}，因此状态未知",
  "interlock: {} is {*}, {*}": "联锁：{1} 为 {2}，{3}",
  "not above {#}": "未高于 {1}",
  "not below {#}": "未低于 {1}",
  "and must not be {}": "而不得为 {1}",
  "not {#}": "而不是 {1}",
  "a structure": "结构",

  // How it ended
  "the adapter gives no reason": "适配器没有说明原因",
  "{*}: it went while the value was awaited": "{1}：在等待数值期间离线",
  "the value did not come back {*}; {*}": "数值{1}没有返回；{2}",
  "see the log of the adapter": "请查看适配器的日志",
  "the adapter has not answered yet: it may still be written": "适配器尚未应答：仍有可能被写入",
  "{} came back {*}, not {}": "{2}返回的是 {1}，而不是 {3}",
  "the hub ended before it was known what came of it": "Hub 在得知结果之前已停止",
  "the hub ended before a second person said yes: it was not sent":
    "Hub 在第二人同意之前已停止：没有发送",
};
