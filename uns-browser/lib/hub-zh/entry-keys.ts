/** What the keys of an adapter's entry mean, in Chinese. */
import type { Forms } from "../hub-words.ts";

export const ENTRY_KEYS: Forms = {
  "modbus-serial: the library of that name speaks, one request at a time":
    "modbus-serial：由同名程序库通信，一次一个请求",
  "how long a request may take": "一个请求最多可用的时间",
  "how often an unanswered read is asked again; default 1 over TCP, 2 on a bus":
    "读取无应答时重试的次数；默认 TCP 为 1，总线为 2",
  "how long after its time-out an answer may come": "超时后仍可接受应答的时间",
  "closes after so long without a request; 0ms: never": "无请求达到该时间后关闭；0ms：从不关闭",
  "name or address of the device or gateway": "设备或网关的名称或地址",
  "connections that the device takes at once; more links to it are told":
    "设备可同时接受的连接数；超过时会提示",
  "shared: links of the entry to the same address that say so use one connection":
    "shared：同一条目中指向同一地址且如此声明的链路共用一个连接",
  "requests on the wire at once": "线路上同时的请求数",
  "true: a gateway to several units, one request for each of them at a time":
    "true：通往多个单元的网关，每个单元一次一个请求",
  "requests to these units take an answer from any unit": "发往这些单元的请求接受任何单元的应答",
  "shortens time-outs to four times the usual answer, at least 200 ms":
    "将超时缩短为通常应答时间的四倍，至少 200 毫秒",
  "file of the authorities that we trust; PEM": "所信任的证书颁发机构文件；PEM 格式",
  "file of our certificate; PEM": "本机证书文件；PEM 格式",
  "file of its key; PEM": "其密钥文件；PEM 格式",
  "the name in the certificate of the device": "设备证书中的名称",
  "SHA-256 of the certificate of the device: this one and no other":
    "设备证书的 SHA-256：仅接受这一张",
  "pause after an answer, beside 3.5 characters": "应答后的停顿，不含 3.5 个字符时间",
  "the line gives back what we send": "线路会回显所发送的内容",
  "of the line behind the server; gives the pause between frames":
    "串口服务器之后线路的波特率；决定帧间停顿",
  "e.g. /dev/serial/by-id/usb-FTDI_x, COM3": "例如 /dev/serial/by-id/usb-FTDI_x、COM3",
  "Sparkplug device id": "Sparkplug 设备标识",
  "unit id": "单元标识",
  "1: hr:1 is the first register; Modicon numbers always begin at 1":
    "1：hr:1 为第一个寄存器；Modicon 编号总是从 1 开始",
  "registers (or bits) in one request": "一个请求中的寄存器（或位）数",
  "registers (or bits) read for nothing; default by what they cost":
    "允许多读的寄存器（或位）数；默认按其成本决定",
  "registers that are never read": "从不读取的寄存器",
  "if given, a request never leaves one of them": "若给出，请求不会超出其中任一范围",
  "requests of one pass that wait at the link at once; default all":
    "一轮中同时在链路上等待的请求数；默认全部",
  "exceptions that split a block; default 2 and 3": "会拆分数据块的异常；默认 2 和 3",
  "instead of that of the link": "代替链路的设置",
  "pause after an answer of this unit; on a bus": "该单元应答后的停顿；用于总线",
  "failed polls until it is dead": "判定离线前的失败轮询次数",
  "how long the link may be down before": "此前链路可中断的时间",
  "default 3 × the interval, at least 2 s": "默认为周期的 3 倍，至少 2 秒",
  "time-outs in a row": "连续超时次数",
  "while demoted": "降级期间",
  "a device time further away is not believed": "相差更大的设备时间不予采信",
  "true: every write is refused": "true：拒绝所有写入",
  "tag with the time of the device: values read in one request with it are of then":
    "含设备时间的标签：与其同一请求读取的值以该时间为准",
  "of onTrigger: the tag whose change asks for a poll": "用于 onTrigger：其变化触发轮询的标签",
  "names of the tags that may be written, whatever their access says; * at an end":
    "可写标签的名称，不论其 access 如何；末尾可用 *",
  "the same keys, apart, so that everyone sees that the device is odd":
    "相同的键，单独列出，以表明该设备特殊",
  "of the server, e.g. opc.tcp://10.0.1.50:4840": "服务器的地址，例如 opc.tcp://10.0.1.50:4840",
  "true: security none is meant": "true：确实不使用安全保护",
  "${env:NAME} or ${file:/path}; else it stands in the file":
    "${env:NAME} 或 ${file:/path}；否则明文写在文件中",
  "Sparkplug device id of what names none itself": "未自行指定设备者的 Sparkplug 设备标识",
};
