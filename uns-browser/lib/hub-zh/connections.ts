/** Why the MQTT server ended a connection or did not let a client in, in Chinese. */
import type { Forms } from "../hub-words.ts";

export const CONNECTIONS: Forms = {
  "in-process": "进程内",
  "the server could not store the message": "服务器无法存储报文",
  "too much waits for all clients, and most for this one":
    "所有客户端等待的内容过多，而该客户端最多",
  "sent no CONNECT while others wanted to come in": "没有发送 CONNECT，而其他客户端要求进入",
  "sent no CONNECT in time": "没有及时发送 CONNECT",
  "too much waits for it: it reads too slowly": "等待它的内容过多：读取太慢",
  "it does not read what is sent to it": "它不读取发送给它的内容",
  "it reads too slowly": "它读取太慢",
  "the server failed": "服务器出错",
  "an administrator has ended the connection": "管理员断开了该连接",
  "another client with this identifier has connected from {}": "使用此标识的另一客户端从 {1} 连接",
  "nothing was heard within one and a half times the keep alive":
    "超过心跳间隔的一点五倍没有收到任何报文",
  "its queue is full": "其队列已满",
  "as many connections wait as may": "等待的连接已达上限",
  "its address has as many as it may": "其地址的连接数已达上限",
  "its address connects too often": "其地址连接过于频繁",
  "others want to come in": "其他客户端要求进入",
  "its TLS handshake or WebSocket request was not done in time":
    "其 TLS 握手或 WebSocket 请求没有及时完成",
  "its TLS handshake was not done in time": "其 TLS 握手没有及时完成",
  "the server has as many connections as it takes": "服务器的连接数已达上限",
  "the server is short of memory": "服务器内存不足",
  "the server could not decide": "服务器无法作出决定",
  "this client identifier belongs to somebody else": "此客户端标识属于他人",
  "the server keeps no more sessions": "服务器不再保留更多会话",
  "CONNACK is larger than what the client takes": "CONNACK 超过客户端可接受的大小",
  "its length has more than four bytes": "其长度字段超过四字节",
  "its length has more bytes than it needs": "其长度字段的字节数多于需要",
  "authentication data without a method": "有认证数据却没有认证方法",
  "enhanced authentication ({}) is not offered here": "此处不提供增强认证（{1}）",
  "the topic of the Will is empty, has wildcards, is too long or is the server's own":
    "遗嘱的主题为空、含有通配符、过长，或属于服务器自身",
  "AUTH without an authentication method in CONNECT": "CONNECT 中没有认证方法却发送了 AUTH",
  "a client may not send {} now": "客户端此时不得发送 {1}",
  "a session that was to end with its connection cannot be made to last by DISCONNECT":
    "原定随连接结束的会话不能由 DISCONNECT 延续",
  "the topic is longer than {} bytes or deeper than {} levels": "主题超过 {1} 字节或 {2} 级",
  "more than {} messages of QoS 2 without PUBREL": "超过 {1} 条 QoS 2 报文没有 PUBREL",
  "more than {} messages of QoS 1 and 2 at once": "同时有超过 {1} 条 QoS 1 和 2 的报文",
  "the server keeps no more retained messages": "服务器不再保留更多的保留报文",
  "it is banned until {}": "它被禁止至 {1}",
  "it is banned until somebody lets it in{}": "它被禁止，直到有人重新允许{1}",
  "its Will on {}: {*}": "其在 {1} 上的遗嘱：{2}",
  "{}: the hub alone publishes here; these topics are what the plant says":
    "{1}：此处只有 Hub 可以发布；这些主题是现场所述的内容",
  "{}: there is no metric to write": "{1}：没有可写入的指标",
  "{}: a write is not retained": "{1}：写入不得设置保留标志",
  "no grant allows to publish there": "没有授权允许在此发布",
  "no grant allows to subscribe there": "没有授权允许在此订阅",
  'the client identifier of {} must be "{}" or begin with "{}-"':
    "{1} 的客户端标识必须为“{2}”或以“{3}-”开头",
  "nothing of an edge node is retained": "边缘节点的报文都不得保留",
  "commands are not retained": "命令不得保留",
  "database or disk is full": "数据库或磁盘已满",
  "database disk image is malformed": "数据库文件已损坏",
  "disk I/O error": "磁盘读写错误",
  "its Will on {}: the hub alone publishes there": "其在 {1} 上的遗嘱：该处只有 Hub 可以发布",
  'the payload must be a value, as {"value": 25.5} or 25.5, as text in UTF-8':
    '载荷必须是一个值，如 {"value": 25.5} 或 25.5，以 UTF-8 文本表示',
  "no client": "没有客户端",
  "nobody but the server publishes under $SYS/": "只有服务器可以在 $SYS/ 下发布",
  "No Local on the shared subscription {}": "共享订阅 {1} 不得使用 No Local",
  "its certificate is not signed by one in clientCa, or is not valid ({})":
    "其证书不是由 clientCa 中的颁发者签发，或已失效（{1}）",
  "it does not speak TLS, and this port does; switch TLS on in the client, or connect it to the port without TLS":
    "它没有使用 TLS，而此端口使用；请在客户端启用 TLS，或连接到不使用 TLS 的端口",
  "its TLS is too old; TLS 1.2 with ECDHE and AES-GCM or ChaCha20 is the least":
    "其 TLS 版本过旧；至少需要 TLS 1.2 及 ECDHE 与 AES-GCM 或 ChaCha20",
  "the shared key (PSK) is wrong, or nobody has its name": "共享密钥（PSK）错误，或没有该名称",
  "it shows no certificate, and clientCa asks for one": "它没有出示证书，而 clientCa 要求出示",
  "it does not trust the certificate of the hub; give the client the CA that signed it, and use a host name that stands in it":
    "它不信任 Hub 的证书；请将签发该证书的 CA 提供给客户端，并使用证书中的主机名",
  "nobody knows who this is": "不知道这是谁",
  "identity.anonymous is read: nobody may write": "identity.anonymous 为 read：任何人不得写入",
  "the Will of an edge node is its NDEATH and nothing else": "边缘节点的遗嘱只能是其 NDEATH",
  "an NDEATH is not retained": "NDEATH 不得保留",
  "the Will of an edge node has QoS 1": "边缘节点的遗嘱须为 QoS 1",
  "STATE is retained and has QoS 1": "STATE 须保留且为 QoS 1",
  "a Will commands nothing": "遗嘱不得下达命令",
  "answers go to plain topics": "应答须发往普通主题",
  "the client identifier is one of {}": "此客户端标识属于 {1}",
  "its batch was lost": "其批次已丢失",
  "the server is shutting down": "服务器正在关闭",
  "it has connected again before it was answered": "在得到应答之前又重新连接",
  "session taken over": "会话被接管",
  "it may no longer come in": "它不再被允许进入",
  "the edge node was asked for its births a moment ago; they go to everybody":
    "刚刚已请求该边缘节点的出生证书；它们会发给所有订阅者",
  "no grant covers everything that this filter matches": "没有授权涵盖此过滤器匹配的全部内容",
  "its payload cannot be read, and not every metric may be commanded":
    "其载荷无法读取，而并非所有指标都允许下达命令",
  "its certificate is revoked": "其证书已被吊销",
  "its certificate has expired": "其证书已过期",
  "its shared key was taken away": "其共享密钥已被收回",
  "no rule of identity.certificates makes somebody of its certificate":
    "identity.certificates 中没有适用于其证书的规则",
  "no rule of identity.jwt makes somebody of this token": "identity.jwt 中没有适用于此令牌的规则",
  "topic alias {}: the greatest is {}": "主题别名 {1}：最大为 {2}",
  "topic alias {} stands for no topic yet": "主题别名 {1} 尚未对应任何主题",
  "topic alias 0": "主题别名为 0",
  "more than {} messages in a minute that it may not publish":
    "一分钟内有超过 {1} 条它不得发布的报文",
  "the topic is not legal UTF-8": "主题不是合法的 UTF-8",
  "the topic is empty or has wildcards": "主题为空或含有通配符",
  "the filter is empty, or has a wildcard where none may be":
    "过滤器为空，或在不允许的位置含有通配符",
  "the filter is longer than {} bytes or deeper than {} levels": "过滤器超过 {1} 字节或 {2} 级",
  "the first packet is not CONNECT": "第一个报文不是 CONNECT",
  "a packet of {} bytes is larger than the {} that are taken here":
    "{1} 字节的报文超过此处允许的 {2}",
  "too much has come of packets that are not whole, and this one was the oldest":
    "不完整的报文过多，而这一个最早",
  "a client without an identifier must ask for a clean session": "没有标识的客户端必须要求干净会话",
  "the client identifier is longer than {} bytes": "客户端标识超过 {1} 字节",
  "only {} are free on the disk of {}; mqtt.limits.minFreeDisk asks for {}":
    "{2} 所在磁盘仅剩 {1}；mqtt.limits.minFreeDisk 要求 {3}",
  "nobody but the server publishes under {}/": "只有服务器可以在 {1}/ 下发布",
  '"{}" is outside spBv1.0 (namespace.otherTopics: reject)':
    "“{1}”在 spBv1.0 之外（namespace.otherTopics: reject）",
};
