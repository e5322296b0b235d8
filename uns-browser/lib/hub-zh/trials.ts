/** What a tried connection came to, step by step, in Chinese. */
import type { Forms } from "../hub-words.ts";

export const TRIALS: Forms = {
  "connected to {}": "已连接到 {1}",
  "no tag of it can be read": "没有可读取的标签",
  "the value of {} ({}) of unit {} is {}": "单元 {3} 的 {1}（{2}）的值为 {4}",
  "unit {} refuses {} ({}): {*}": "单元 {1} 拒绝读取 {2}（{3}）：{4}",
  "unit {} did not answer within {} ms": "单元 {1} 在 {2} 毫秒内没有应答",
  "The gateway answers, the unit behind it does not: check the unit id and the line behind the gateway.":
    "网关有应答，其后的单元没有：请检查单元标识和网关之后的线路。",
  "The device answers, so the connection is right: check table, address and length of this tag in its manual.":
    "设备有应答，说明连接正确：请对照手册检查该标签的表、地址和长度。",
  "Check the unit id, and on a serial line speed, parity and wiring; a slow device needs a longer timeout.":
    "请检查单元标识；串行线路还需检查速率、校验和接线；较慢的设备需要更长的超时。",
  "Check address and port, whether the device is on, and the firewall between.":
    "请检查地址和端口、设备是否通电，以及中间的防火墙。",
  "Check the name of the host, or write its address.": "请检查主机名，或直接填写其地址。",
  "Check the certificates of both sides: ca, cert, key and fingerprint of the link.":
    "请检查双方的证书：连接的 ca、cert、key 和 fingerprint。",
  "Check the path of the serial port, and whether another program or a running adapter has it.":
    "请检查串口路径，以及它是否被其他程序或正在运行的适配器占用。",
  "Something else than this framing answers there: check the port and framing (tcp, rtuOverTcp).":
    "对方使用的不是这种帧格式：请检查端口和 framing（tcp、rtuOverTcp）。",

  "offered: {}; chosen: {}": "提供：{1}；选用：{2}",
  "none is needed without protection": "不使用安全保护时不需要证书",
  "{}, SHA-256 {}, is trusted": "{1}（SHA-256 {2}）受信任",
  "logged in as {}": "已以 {1} 登录",
  "logged in": "已登录",
  "the value of {} is {}": "{1} 的值为 {2}",
  "the server refuses {}: {}": "服务器拒绝读取 {1}：{2}",
  "it is not there": "它不存在",
  there: "已读到",
  "The session works: check the node of this tag, and what this user may read.":
    "会话正常：请检查该标签的节点，以及该用户可读取的内容。",
  "Look at the certificate of the server: renew it there, or waive what is wrong with it.":
    "请查看服务器证书：在服务器上更新，或豁免其中的问题。",
  "Check user and password, and whether the server lets this user in.":
    "请检查用户名和密码，以及服务器是否允许该用户登录。",
  "Check address and port, whether the server runs, and the firewall between.":
    "请检查地址和端口、服务器是否运行，以及中间的防火墙。",
  "Choose under security what the server offers, or switch on there what is asked for.":
    "请在 security 中选择服务器提供的方式，或在服务器上启用所需方式。",
  "Compare the fingerprint with what the server shows; once the adapter is saved, trust it on the page of certificates.":
    "请将指纹与服务器显示的比对；保存适配器后，在证书页面信任它。",
  "On the server, move the certificate of this hub from rejected to trusted.":
    "请在服务器上将此 Hub 的证书从拒绝移到信任。",
  "The password, or the certificate of the user, cannot be read on this machine.":
    "本机无法读取该密码或用户证书。",
  "Choose a protected endpoint under security: without one the password could be read.":
    "请在 security 中选择受保护的端点：否则密码可能被他人读取。",
  "End other sessions at the server, or let it take more.":
    "请结束服务器上的其他会话，或允许更多会话。",
  "Look at the server itself: it says that it is not at work.":
    "请查看服务器本身：它声明未在工作。",
  "its thread ended": "其线程已结束",
  "it was not done within {} s": "在 {1} 秒内没有完成",
  "another connection is being tried: wait for its end": "正在测试另一个连接：请等待其结束",
  "the hub stops": "Hub 正在停止",
  "an adapter that runs is connected to {}, and many devices take one connection only: read over that one, stop the adapter, or say with maxConnections that the device takes more":
    "有运行中的适配器已连接到 {1}，而许多设备只接受一个连接：请通过该连接读取、停用该适配器，或用 maxConnections 说明设备可接受更多连接",
  "{} connections were tried within a minute, that is enough: wait a little":
    "一分钟内已测试 {1} 个连接，已足够：请稍候",
};
