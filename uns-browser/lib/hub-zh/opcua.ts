/** What the adapter for OPC UA says of its servers, in Chinese. */
import type { Forms } from "../hub-words.ts";

export const OPCUA: Forms = {
  // The state stands before the sentence, the address of the server follows
  "{*}: opc.tcp://{#}: {*}": "{1}：opc.tcp://{2}：{3}",
  awaiting_trust: "等待信任",
  browse_failed: "浏览失败",
  certificate_expired: "证书已过期",
  certificate_missing: "没有证书",
  certificate_refused: "我们的证书被拒绝",
  certificate_rejected: "证书已被拒绝",
  certificate_application_uri: "证书的应用不符",
  certificate_host_name: "证书的主机名不符",
  certificate_key_usage: "证书的密钥用途不符",
  certificate_not_yet_valid: "证书尚未生效",
  certificate_weak_key: "证书的密钥过弱",
  items_unknown: "监视项未知",
  certificate_revoked: "证书已被吊销",
  connect_failed: "连接失败",
  identity_not_offered: "不提供该登录方式",
  identity_rejected: "登录被拒绝",
  identity_unreadable: "登录凭据无法读取",
  no_matching_endpoint: "没有合适的端点",
  own_certificate: "自身证书有误",
  plain_password: "密码为明文",
  read_failed: "读取失败",
  server_not_running: "服务器未运行",
  subscribe_failed: "订阅失败",
  too_many_sessions: "会话过多",
  "{*}: opc.tcp://{#}": "{1}：opc.tcp://{2}",
  "opc.tcp://{#}: {*}": "opc.tcp://{1}：{2}",
  "{*}: cannot connect: {*}": "{1}：无法连接：{2}",
  "nobody listens there": "该处没有程序监听",
  "there is no host of this name": "没有此名称的主机",
  "there is no way to this host": "无法到达该主机",
  "it does not answer in time": "没有及时应答",
  "it ended the connection": "对方结束了连接",
  "{*}: the server does not let {*} in ({}); the next try is in 5 minutes, so that the account is not locked":
    "{1}：服务器不允许{2}进入（{3}）；5 分钟后再试，以免账户被锁定",
  "user {}": "用户 {1}",
  "this user": "该用户",
  "{*}: the server has no room for one more session": "{1}：服务器已没有空余会话",
  "{*}: the server refused our certificate ({}). On the server move {}, SHA-1 {}, {*}, from rejected to trusted. Our certificate file: {}":
    "{1}：服务器拒绝了我们的证书（{2}）。请在服务器上将 {3}（SHA-1 {4}，{5}）从“已拒绝”移到“已信任”。我们的证书文件：{6}",
  "{*}: the server refused our certificate ({}), {*}: {*}, or make a new one: unshub opcua renew-cert. Our certificate file: {}":
    "{1}：服务器拒绝了我们的证书（{2}），{3}：{4}，或重新生成：unshub opcua renew-cert。我们的证书文件：{5}",
  "valid {} to {}": "有效期 {1} 至 {2}",
  "it is not valid by the server's clock; compare the clocks":
    "按服务器的时钟已不在有效期内；请核对时钟",
  "its issuer took it back": "已被颁发者吊销",
  "it does not name our application": "其中没有我们的应用程序",
  "{*}: the server offers {}; asked for is {}": "{1}：服务器提供 {2}；而要求的是 {3}",
  "{*}: the server does not offer {} with {}; it offers {}":
    "{1}：服务器在 {3} 下不提供 {2}；它提供 {4}",
  "{*}: no session within {} s": "{1}：{2} 秒内没有建立会话",
  "{*}: our application certificate: {*}": "{1}：我们的应用证书：{2}",
  "{*}: the password would travel {}; use security with SignAndEncrypt, or write allowPlainPassword: true to accept that":
    "{1}：密码将以 {2} 的方式传输；请使用 SignAndEncrypt，或写入 allowPlainPassword: true 表示接受",
  "{*}: the server shows no certificate, or something else instead of one":
    "{1}：服务器没有出示证书，或出示的不是证书",
  "{*}: the certificate of the server ({}, SHA-256 {}) was rejected here; unshub opcua trust takes that back":
    "{1}：服务器的证书（{2}，SHA-256 {3}）已在此被拒绝；unshub opcua trust 可撤销",
  "{*}: the certificate of the server ({}, SHA-256 {}) was taken back by its issuer ({}); the server needs a new one":
    "{1}：服务器的证书（{2}，SHA-256 {3}）已被颁发者（{4}）吊销；服务器需要新证书",
  "{*}: nobody has said yet whether the certificate of the server is the right one: {}, SHA-256 {}.{*} Compare it with what the server shows, then: unshub opcua trust <adapter> {}":
    "{1}：尚无人确认服务器的证书是否正确：{2}，SHA-256 {3}。{4}请与服务器显示的内容比对，然后：unshub opcua trust <适配器> {5}",
  "It is not the one that was trusted before ({}).": "它不是此前信任的证书（{1}）。",
  "{*}: the certificate of the server ({}): {*}; waive: [{}] accepts it nevertheless":
    "{1}：服务器的证书（{2}）：{3}；waive: [{4}] 可仍然接受",
  "it expired on {}; renew it on the server": "已于 {1} 过期；请在服务器上更新",
  "it is valid from {}, and here it is {}; look at the clocks":
    "自 {1} 起有效，而此处为 {2}；请检查时钟",
  "its key has {} bits; {} are the least": "其密钥为 {1} 位；至少应为 {2} 位",
  "it lacks {}, which OPC UA asks for": "缺少 OPC UA 要求的 {1}",
  "it is made for {*}, and we connect to {}": "它是为 {1} 签发的，而我们连接的是 {2}",
  "no host at all": "（没有任何主机）",
  "it names the application {}, and the server calls itself {*}":
    "其中的应用为 {1}，而服务器自称 {2}",
  "not at all": "（没有名称）",
  "{*}: the certificate of the server expired on {}; renew it on the server":
    "{1}：服务器的证书已于 {2} 过期；请在服务器上更新",
  "{*}: not ready {} s after the connection": "{1}：连接 {2} 秒后仍未就绪",
  "{*}: the server is not running, but {}": "{1}：服务器未处于运行状态，而是 {2}",
  "{*}: nothing came for too long": "{1}：长时间没有收到任何内容",
  "{*}: another server serves better": "{1}：另一台服务器服务更好",
  "the adapter was stopped": "适配器已停止",
  "the server ended a subscription ({})": "服务器结束了一个订阅（{1}）",
  "the server answers, but publishes nothing": "服务器有应答，但不发布任何内容",
  "{}: {#} items are polled: {*}": "{1}：{2} 个项改为轮询：{3}",
  "the server takes no more subscriptions; what has none shares another one or is polled, and is tried again from time to time":
    "服务器不再接受订阅；没有订阅的项共用其他订阅或改为轮询，并会不时重试",
  "the server watches no more items; the rest is polled, and is tried again from time to time":
    "服务器不再监视更多的项；其余改为轮询，并会不时重试",
  "the server has no subscriptions; everything is polled": "服务器没有订阅功能；全部改为轮询",
  // What was granted of a subscription
  "values come every {} instead of {}: give the group that interval, or allow the server a shorter one":
    "每 {1} 才有值，而不是 {2}：请把该组的间隔改为此值，或允许服务器使用更短的间隔",
  "values come every {} instead of {}: more often than asked, which costs both sides":
    "每 {1} 就有值，而不是 {2}：比要求的更频繁，双方都有开销",
  "the server looks at {*} every {} instead of {}: what changes and changes back meanwhile is not seen":
    "服务器每 {2} 才采样{1}，而不是 {3}：其间变化又恢复的内容不会被看到",
  "the server keeps {} instead of {} changes ({*}): a shorter outage than asked for costs some":
    "服务器只保留 {1} 次变化，而不是 {2} 次（{3}）：比要求更短的中断就会丢失一些",
  "a silent server gives a sign of life every {} instead of {}: that it is dead is noticed later":
    "服务器沉默时每 {1} 才发一次保活，而不是 {2}：故障会更晚被发现",
  "the server gives the subscription up after {} instead of {} without a sign of ours: a longer outage costs what waits there":
    "没有我方信号时，服务器在 {1} 后放弃订阅，而不是 {2}：更长的中断会丢失等待中的内容",
  "events come every {} instead of {}: allow the server a shorter interval":
    "每 {1} 才有事件，而不是 {2}：请允许服务器使用更短的间隔",
  "the server keeps {} instead of {} events: when more come at once, some are lost":
    "服务器只保留 {1} 个事件，而不是 {2} 个：同时发生更多时会丢失一些",
  "group {}": "组 {1}",
  events: "事件",
  "changes of nodes": "节点变更",
  "all {#} values": "全部 {1} 个值",
  "{#} of {#} values": "{2} 个值中的 {1} 个",

  "cannot subscribe to {}: {*}": "无法订阅 {1}：{2}",
  "the client did not close in time": "客户端没有及时关闭",
  "timed out": "超时",
  "{}: timed out": "{1}：超时",
  "{}: {} answers for {}": "{1}：对 {3} 个请求有 {2} 个应答",
  "browsing: {*}": "浏览：{1}",

  // Browsing
  "no answer": "没有应答",
  "the server does not have this node ({})": "服务器没有该节点（{1}）",
  "there are more than {} nodes; the rest is left out": "节点超过 {1} 个；其余省略",
  "the server does not have the root ({})": "服务器没有该根节点（{1}）",
  "the server does not have the namespace of refs": "服务器没有 refs 的命名空间",
  "of {} nodes the server did not say what they hold ({}); that is left out":
    "服务器没有说明 {1} 个节点之下有什么（{2}）；这些内容省略",
  "there are more nodes than maxNodes; the rest is left out": "节点数超过 maxNodes；其余省略",
  "not all was seen within 60 s; the rest is left out": "60 秒内未能看完全部；其余省略",
  "ended before all was seen": "在看完全部之前结束",
  "devicesFrom: the server does not have the path": "devicesFrom：服务器没有该路径",
  "devicesFrom: {*}": "devicesFrom：{1}",
  "anonymous sessions": "匿名会话",
  "user and password": "用户名和密码",
  "users with certificates": "证书用户",
  "encrypted with {}, which is broken": "用已被攻破的 {1} 加密",
  readable: "明文",
  "nothing over opc.tcp": "没有 opc.tcp 端点",

  "auto, which never takes None without allowNone: true":
    "auto（没有 allowNone: true 时绝不采用 None）",
  "no policy": "无策略",
  "the session was closed": "会话被关闭",
  "the connection was cut": "连接被切断",
  "closed by us": "由本方关闭",
  "no answer within {} ms": "{1} 毫秒内没有应答",
  "no answer in time": "没有及时应答",
};
