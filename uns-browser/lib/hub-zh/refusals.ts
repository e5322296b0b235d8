/** Why the hub did not do what the page asked for, in Chinese: sentences of problems and of logins. */
import type { Forms } from "../hub-words.ts";

export const REFUSALS: Forms = {
  // Who asks
  "nobody asks": "没有登录",
  "sign in first": "请先登录",
  "log in with a user name and a password, or with a token": "请用用户名和密码，或用令牌登录",
  "identity.anonymous is read: without a login nobody may write":
    "identity.anonymous 为 read：未登录不得写入",
  "the header Authorization is neither Bearer nor Basic":
    "Authorization 头既不是 Bearer 也不是 Basic",
  "a {#} may not {*}": "{1} 角色不得{2}",
  "read values": "读取数值",
  "read diagnostics": "查看诊断",
  "request rebirth": "请求重生",
  "answer findings": "处理诊断结果",
  "write metrics": "写入指标",
  "correct history": "更正历史",
  "edit configuration": "更改配置",
  "end clients": "断开客户端",
  "manage identities": "管理用户与令牌",
  "read audit": "查看审计",
  backup: "备份",
  "too many failed logins; try again in {} s": "登录失败次数过多；请在 {1} 秒后重试",
  "a user name and a password are needed": "需要用户名和密码",
  "the user {} is disabled": "用户 {1} 已停用",
  "the name or the password is wrong": "用户名或密码错误",
  "the token has expired": "令牌已过期",
  "a token opens no session; programs send it as a bearer":
    "令牌不能用于登录会话；程序应以 Bearer 方式发送",
  "this is for those who are signed in at the page": "仅适用于已在本页面登录的用户",
  "the present password is wrong": "当前密码错误",
  "the password needs at least {} characters": "密码至少需要 {1} 个字符",
  "this is not the code that the hub showed when it started, or its hour is over":
    "这不是 Hub 启动时显示的代码，或其一小时有效期已过",
  "there is no such session": "没有这个会话",
  'there is no user "{}"': "没有用户“{1}”",
  "{} is the last administrator; make another one first": "{1} 是最后一位管理员；请先创建另一位",
  'there is a token "{}" already; delete it first': "令牌“{1}”已存在；请先删除",
  "a token ends in the future, within a year": "令牌的到期时间须在未来一年之内",
  'there is a shared key "{}" already; delete it first': "共享密钥“{1}”已存在；请先删除",
  "a page of another site may not use this hub": "其他网站的页面不得使用本 Hub",
  'Host "{}" is not this machine; use 127.0.0.1 or localhost instead, or {*}':
    "主机名“{1}”不是本机；请改用 127.0.0.1 或 localhost，或{2}",
  'Host "{}" is no name of this hub; if it should be, {*}':
    "主机名“{1}”不是本 Hub 的名称；如果应该是，请{2}",
  "add it to listeners.http.names in unshub.yaml": "将其加入 unshub.yaml 的 listeners.http.names",
  "the request names no Host": "请求没有给出 Host",
  'a page of "{}" may not use this hub{*}': "“{1}”的页面不得使用本 Hub{2}",
  "; if it should, add it to {} in unshub.yaml": "；如果应该可以，请将其加入 unshub.yaml 的 {1}",
  '"{}" cannot be a name: letters, digits and . _ @ -, a letter or digit first':
    "“{1}”不能作为名称：只能用字母、数字和 . _ @ -，且以字母或数字开头",
  '"{}" only looks like "{}"': "“{1}”与“{2}”只是看起来相同",
  "nobody changes his own rights; ask another administrator":
    "任何人都不能更改自己的权限；请找另一位管理员",
  '"{}" is no grant; {*}': "“{1}”不是授权；{2}",
  "write e.g. node Plant1/gw-press, host scada1, read Plant1, command Plant1/gw-press/press-01 Setpoint*, rebirth Plant1, publish mes/#, subscribe mes/#, system":
    "请写成例如 node Plant1/gw-press、host scada1、read Plant1、command Plant1/gw-press/press-01 Setpoint*、rebirth Plant1、publish mes/#、subscribe mes/#、system",
  '"{}": topics of Sparkplug are granted by node, host, read, command and rebirth':
    "“{1}”：Sparkplug 的主题由 node、host、read、command 和 rebirth 授权",
  '"{}" begins with a wildcard and would reach Sparkplug\'s topics; name the first level':
    "“{1}”以通配符开头，会涵盖 Sparkplug 的主题；请写明第一级",
  '"{}": topics that begin with $ are the hub\'s own': "“{1}”：以 $ 开头的主题属于 Hub",
  "a device needs its edge node": "设备须带其边缘节点",
  '"{}" cannot be part of a topic': "“{1}”不能作为主题的一部分",
  "the token is not signed by its issuer, or is no token": "令牌没有其颁发者的签名，或不是令牌",
  "nobody here trusts the issuer of this token": "此处没有人信任该令牌的颁发者",
  "the token is not for here: {}": "令牌不是给此处使用的：{1}",
  "is no line of an audit trail: it was cut off or written over":
    "不是审计记录的行：已被截断或覆盖",
  "does not follow the line before: something was taken out or changed":
    "与前一行不衔接：有内容被删除或更改",
  "was changed after it was written": "写入之后被更改",

  // What is not there
  'there is no "{}"': "没有“{1}”",
  'there is no adapter "{}"': "没有适配器“{1}”",
  'there is no client "{}"': "没有客户端“{1}”",
  "the grants of users are for those who manage identities": "只有管理用户者可以查看用户的授权",
  'client "{}" has not come since the hub started: name its user':
    "客户端“{1}”自 Hub 启动以来尚未连接：请给出其用户",
  'there is no sink "{}"': "没有输出端“{1}”",
  'there is no topic "{}"': "没有主题“{1}”",
  'there is nothing at "{}"': "“{1}”处没有任何内容",
  "{*}. Near it: {}": "{1}。相近的有：{2}",
  'nothing stands at "{}"': "“{1}”处没有任何内容",
  'adapter "{}" has no link "{}" that can be traced': "适配器“{1}”没有可跟踪的连接“{2}”",
  'no message on "{}" is kept: none came since the hub started':
    "没有保留“{1}”上的报文：Hub 启动以来没有收到",
  "nothing is recorded: history.record is false, and no rule says otherwise":
    "没有记录任何内容：history.record 为 false，且没有其他规则",
  "there is no row {}": "没有第 {1} 行",
  "row {} is no metric": "第 {1} 行不是指标",
  "there is no replay {}": "没有回放 {1}",
  "no replay waits under the number {}": "没有编号为 {1} 的待批准回放",
  "there is no command {} that could be answered": "没有可答复的命令 {1}",
  "there is no deletion {} of the last day": "最近一天没有删除 {1}",
  "no births of an edge node {} are known": "没有边缘节点 {1} 的出生证书",
  "there is no birth certificate of {}": "没有 {1} 的出生证书",
  "no grant lets you read all of {}: its counters stay":
    "没有授权允许您读取 {1} 的全部内容：其计数器保持不变",
  "nothing was heard of an edge node {}/{}": "没有收到过边缘节点 {1}/{2} 的报文",
  'nothing was ever recorded at "{}"': "“{1}”从未有过记录",
  "generation {} is not kept": "第 {1} 代未保留",
  "the hub has no certificate yet": "Hub 还没有证书",
  "no certificate {} was shown": "没有出示过证书 {1}",
  "there is no {#} {}": "没有 {1} {2}",

  // What cannot be done now
  "no grant lets you ask {}: it takes rebirth {}": "没有授权允许您请求 {1}：需要 rebirth {2}",
  "it came without the certificate of its issuer; trust it alone":
    "它没有附带其颁发者的证书；请只信任该证书本身",
  "{#} is not for choice": "{1} 不可选择",
  "the configuration has changes that are not applied yet, of {}: apply it first":
    "配置中有尚未应用的更改（{1}）：请先应用",
  'client "{}" is not connected; only its session is left': "客户端“{1}”未连接；仅保留其会话",
  "too many clients are banned already": "被禁止的客户端已过多",
  'there is no "{}" in the namespace': "命名空间中没有“{1}”",
  "at most {} pins are shared; take one away first": "最多共享 {1} 个固定项；请先取消一个",
  "{} cannot be read: {*}; put back a copy, or delete it, and start the hub again":
    "{1} 无法读取：{2}；请放回一份副本或将其删除，然后重新启动 Hub",
  'client "{}" is not banned': "客户端“{1}”未被禁止",
  '"{}" is an edge node of the hub itself, which no ban keeps out':
    "“{1}”是 Hub 自身的边缘节点，不能被禁止",
  "the audit trail cannot be written: no commands and no changes until it can":
    "审计记录无法写入：恢复之前不能下达命令，也不能更改",
  "it cannot be kept: {}": "无法保存：{1}",
  "{} replays wait for a second person": "已有 {1} 个回放等待第二人批准",
  "{} replays run already; stop one of them": "已有 {1} 个回放在运行；请先停止其中一个",
  "nothing is recorded: history.record is false": "没有记录任何内容：history.record 为 false",
  'more than {} metrics below "{}"': "“{2}”之下的指标超过 {1} 个",
  'no metric with a history at or below "{}"': "“{1}”处及其下没有带历史的指标",
  "there are no plain topics: uns.projection is left out": "没有普通主题：未配置 uns.projection",
  'below "{}" is what the plant says now': "“{1}”之下是工厂当前发布的内容",
  "the edge node {} is there already": "边缘节点 {1} 已存在",
  "there is no black box: blackBox.record is false": "没有黑匣子：blackBox.record 为 false",
  "generation {} is now before the one that runs: look again":
    "现在运行的配置之前是第 {1} 代：请重新查看",
  "a {#} may not change {}": "{1} 角色不得更改 {2}",
  "you may not see {}/{}, where it would speak": "您无权查看它将使用的 {1}/{2}",
  "say one thing: what is added, removed, changed, stopped or started":
    "请只说明一件事：添加、删除、更改、停用或启动什么",
  'adapter "{}" is stopped already': "适配器“{1}”已停用",
  'adapter "{}" is started already': "适配器“{1}”已启动",
  'it has no adapter "{}"': "其中没有适配器“{1}”",
  "it is no map of sections": "它不是由各部分组成的键值表",
  "{} is an alias of another place": "{1} 是另一处的别名",
  "another place is an alias of what stands there": "另一处是此处内容的别名",
  "adapters is no list of its own": "adapters 不是单独的列表",
  "somebody has changed the configuration: plan it again": "有人更改了配置：请重新查看影响",
  "${kept} stands for the secret that the file has in this place; it has none there, or this entry may be another one that was given this name: write it":
    "${kept} 代表文件中此处的密钥；但文件中此处没有密钥，或者此条目可能是改用了此名称的另一条目：请填写",
  "stands for a secret that is not shown: write the secret, or a reference to it":
    "代表一个不显示的密钥：请填写密钥，或对它的引用",
  "say which metric: path, or the id of its row": "请指明指标：path 或其行号",
  "from: must not be after to": "from：不得晚于 to",
  "{} does not tell what it asks": "{1} 不提供其请求内容",
  "not seen: {*}": "无法查看：{1}",
  "the adapter did not start": "适配器没有启动",
  "the adapter did not answer in time": "适配器没有及时应答",
  "the adapter ended before it answered": "适配器在应答之前已结束",
  "the adapter said something else": "适配器给出了其他回答",
  "it cannot be asked": "无法询问",
  "it cannot rescan": "它不能重新扫描",
  "it cannot browse": "它不能浏览",
  "its devices have no nodes": "其设备没有节点",
  "it keeps nothing raw": "它不保留原始值",
  "its devices have no registers": "其设备没有寄存器",

  // The question itself
  "not understood": "无法理解",
  "send the body as application/json": "正文应为 application/json",
  "the body is empty, and should be JSON": "正文为空，应为 JSON",
  "the body is not JSON": "正文不是 JSON",
  "the body is too large; at most 1 MiB": "正文过大；最多 1 MiB",
  "the body is not as long as Content-Length says": "正文长度与 Content-Length 不符",
  "the address has a percent sign that means nothing": "地址中有无意义的百分号",
  "the hub could not do this; its log says why (request {})":
    "Hub 未能完成此操作；原因见其日志（请求 {1}）",

  // Findings
  'there is no finding {} of "{}"': "没有“{2}”的诊断结果 {1}",
  "it is over by itself already": "它已自行消除",
  "nobody has acknowledged it": "尚无人确认",
  "it is not muted": "它没有被静音",
  "the message in which it was found is not kept": "发现它的那条报文没有保留",
  "no rule of the namespace refused it, or none that can be changed":
    "拒绝它的不是命名空间规则，或该规则不可更改",
};
