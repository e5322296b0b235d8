/** What is wrong with tags and with a configuration, in Chinese. */
import type { Forms } from "../hub-words.ts";

export const TAGS: Forms = {
  // Of every key
  "is missing": "缺失",
  "is missing; expected {*}": "缺失；应为{1}",
  'unknown key "{}"': "未知的键“{1}”",
  'unknown key "{}"; {*}': "未知的键“{1}”；{2}",
  "allowed here: {}": "此处允许：{1}",
  "{} is not a duration; write a number with a unit, e.g. 250ms, 5s, 2m":
    "{1} 不是时长；请写带单位的数字，例如 250ms、5s、2m",
  "{*}; found {}": "{1}；收到的是 {2}",
  "Invalid input: expected {*}, received {*}": "无效的输入：应为{1}，收到的是{2}",
  "Invalid input: expected {*}": "无效的输入：应为{1}",
  "Invalid input": "无效的输入",
  record: "键值表",
  "Invalid option: expected one of {}": "无效的选项：应为 {1} 之一",
  "Too small: expected {*} to be >={}": "过小：{1}应不小于 {2}",
  "Too small: expected {*} to be >{}": "过小：{1}应大于 {2}",
  "Too big: expected {*} to be <={}": "过大：{1}应不大于 {2}",
  "Too big: expected {*} to be <{}": "过大：{1}应小于 {2}",
  "Too small: expected {*} to have >={} characters": "过短：{1}至少应有 {2} 个字符",
  "Too big: expected {*} to have <={} characters": "过长：{1}最多 {2} 个字符",
  "Too small: expected {*} to have >={} items": "过少：{1}至少应有 {2} 项",
  "Too big: expected {*} to have <={} items": "过多：{1}最多 {2} 项",
  number: "数字",
  string: "文本",
  boolean: "true 或 false",
  int: "整数",
  array: "列表",
  object: "对象",
  undefined: "（空）",
  "must be a whole number": "必须为整数",
  "must not be 0": "不得为 0",
  "must be {}ms to 24h": "必须为 {1}ms 至 24h",

  // Names
  '"{}" is there already': "“{1}”已存在",
  '"{}" stands there twice': "“{1}”出现了两次",
  '"{}" stands in {}: change it there': "“{1}”位于 {2}：请在那里更改",
  "a tag has no name": "有一个标签没有名称",
  'there is no tag "{}"': "没有标签“{1}”",
  '"{}" contains + or #, which are wildcards in MQTT': "“{1}”含有 + 或 #，它们是 MQTT 的通配符",
  '"{}" contains /, which separates topic levels': "“{1}”含有 /，它用于分隔主题层级",
  '"{}" has an empty part between its slashes': "“{1}”的斜杠之间有空的部分",
  '"{}" begins with {}, where every device has metrics of its own':
    "“{1}”以 {2} 开头，每台设备在该处有自己的指标",
  "is longer than 255 bytes": "超过 255 字节",
  "{} contains a control character": "{1} 含有控制字符",
  '"{}" is also the name of entry {}': "“{1}”也是第 {2} 项的名称",
  '"{}" is already the name of {}': "“{1}”已是 {2} 的名称",
  '"{}" is the name of another member, too': "“{1}”也是另一个成员的名称",

  // Addresses
  '"{}" is address {}; a table ends at {}': "“{1}”为地址 {2}；表的末尾为 {3}",
  '"{}" is not an address; write e.g. hr:100, ir:0x1F, co:5, di:0, hr:10.3, hr:200/8 (zero-based) or 40101, 400101 (one-based)':
    "“{1}”不是地址；请写成例如 hr:100、ir:0x1F、co:5、di:0、hr:10.3、hr:200/8（从 0 起）或 40101、400101（从 1 起）",
  '"{}": a length of 0 registers': "“{1}”：长度为 0 个寄存器",
  '"{}": a {} address is one bit already; it has neither a bit nor a length':
    "“{1}”：{2} 地址本身就是一位；不再有位号或长度",
  '"{}": bit {}; a register has 0 to 15': "“{1}”：第 {2} 位；寄存器的位为 0 至 15",
  '"{}": either a bit or a length, not both': "“{1}”：位号或长度只能取其一",
  '"{}": {*} begin at 1': "“{1}”：{2}从 1 开始",
  "Modicon numbers": "Modicon 编号",
  "addresses of this device": "该设备的地址",
  '"{}" ends at address {}; a table ends at {}': "“{1}”止于地址 {2}；表的末尾为 {3}",
  '"{}" cannot be written; only co and hr can': "“{1}”不能写入；只有 co 和 hr 可以",
  '"{}" is a part of a register: say maskWrite: true when the device knows FC22, or allowRmw: true to read, change and write the register (the PLC may change it in between)':
    "“{1}”是寄存器的一部分：如果设备支持 FC22，请写 maskWrite: true；或写 allowRmw: true 以先读后改再写（期间 PLC 可能更改它）",
  '"{}" is a register; say which bit, e.g. {}:{}.0': "“{1}”是寄存器；请指明哪一位，例如 {2}:{3}.0",
  '"{}" is one bit; only a bool fits, not {}': "“{1}”是一位；只能用 bool，而不是 {2}",
  '"{}": a bool has no length': "“{1}”：bool 没有长度",
  '"{}": one request writes at most {} registers': "“{1}”：一个请求最多写 {2} 个寄存器",
  '"{}": {} has a length of its own': "“{1}”：{2} 有其固有长度",
  '"{}": {} needs a length in registers, e.g. {}/8': "“{1}”：{2} 需要以寄存器计的长度，例如 {3}/8",
  '"{}": {} registers are no whole number of {}, which takes {}':
    "“{1}”：{2} 个寄存器不是 {3} 的整数倍，后者占 {4} 个",
  '"{}": {} takes {} registers': "“{1}”：{2} 占 {3} 个寄存器",
  '"{}" is not a place in a struct; write e.g. 0, 2.3, 4/8, counted from its first register':
    "“{1}”不是结构中的位置；请写成例如 0、2.3、4/8，从其第一个寄存器起算",
  "takes {} registers; maxBlock is {}": "占 {1} 个寄存器；maxBlock 为 {2}",
  '"{}" is written in one request, so its tags must lie side by side; {} does not follow {}':
    "“{1}”以一个请求写入，因此其标签必须相邻；{2} 不在 {3} 之后",

  // Types, scaling and groups
  'is missing; "{}" is a register, say what is in it': "缺失；“{1}”是寄存器，请说明其中的内容",
  "is missing; how long without a message": "缺失；多久没有报文",
  "is missing; name the bits, or say bitsAs: number": "缺失；请为各位命名，或写 bitsAs: number",
  "is missing; say what stands in which register": "缺失；请说明各寄存器的内容",
  "is missing; this device has {}": "缺失；该设备有 {1}",
  "is missing, e.g. 1s": "缺失，例如 1s",
  "is missing: the name of a tag": "缺失：标签的名称",
  "is missing: the name of the template's definition in the birth of the edge node, e.g. Types/Motor":
    "缺失：边缘节点出生证书中模板定义的名称，例如 Types/Motor",
  'there is no group "{}"; this device has {}': "没有分组“{1}”；该设备有 {2}",
  'there is no group "{}"; groups: {}': "没有分组“{1}”；分组有：{2}",
  '"{}" is no time that is read; types of times are time32, dt_iec870 and date_fields':
    "“{1}”不是所读取的时间；时间类型为 time32、dt_iec870 和 date_fields",
  "needs mode: onTrigger": "需要 mode: onTrigger",
  "needs access rw or w": "需要 access 为 rw 或 w",
  "needs euRange": "需要 euRange",
  "needs euRange, the other end of the scaling": "需要 euRange，即换算的另一端",
  "is a part of euRange, which is missing; or say of: value":
    "是 euRange 的一部分，而后者缺失；或写 of: value",
  "says the same as scale and offset; keep one": "与 scale 和 offset 含义相同；请只保留一种",
  "a struct cannot hold another": "结构不能包含另一个结构",
  "only a struct with membersAs: template is written as a whole; members of a folder say their own access":
    "只有 membersAs: template 的结构可整体写入；文件夹的成员各有自己的访问权限",
  "only struct has it, not {}": "只有 struct 有此项，{1} 没有",
  "only {*} have it, not {}": "只有{1}有此项，{2} 没有",
  "bool and bitfield": " bool 和 bitfield ",
  "date_fields and dt_iec870": " date_fields 和 dt_iec870 ",
  "numbers and bool": "数字和 bool ",
  "{#} is for 64-bit types, not {}": "{1} 用于 64 位类型，不用于 {2}",
  "must be an offset such as +02:00": "必须为偏移，例如 +02:00",
  "the first address must not be larger than the last": "第一个地址不得大于最后一个",
  "the first number must not be larger than the second": "第一个数不得大于第二个",
  "the first number is the smaller one": "第一个数应为较小者",
  "the two ends must differ": "两端必须不同",
  "a deadband does nothing for {}; every change is published": "死区对 {1} 无效；每次变化都会发布",
  "a deadband does nothing with publish: always": "publish: always 时死区无效",
  "deadbandPercent does nothing without euRange; add one, or say of: value":
    "没有 euRange 时 deadbandPercent 无效；请添加，或写 of: value",
  "maxInterval does nothing with publish: onChange; say onChangeOrInterval":
    "publish: onChange 时 maxInterval 无效；请写 onChangeOrInterval",
  "onChangeOrInterval without maxInterval is the same as onChange":
    "没有 maxInterval 的 onChangeOrInterval 与 onChange 相同",

  // Devices
  "a device needs at least one tag": "设备至少需要一个标签",
  "at least one tag must be readable, or nobody knows whether the device lives":
    "至少须有一个可读的标签，否则无法得知设备是否存活",
  "unit 0 is all units of the line at once, and nobody answers: say access: w":
    "单元 0 是线路上的所有单元，且没有应答：请写 access: w",
  "needs at least one device": "至少需要一台设备",
  "needs at least one link": "至少需要一个连接",
  '{} has no device "{}"; there are: {}': "{1} 没有设备“{2}”；有：{3}",
  '{} has no device "{}"': "{1} 没有设备“{2}”",
  'there is no device "{}"': "没有设备“{1}”",
  "say which device: {}": "请指明设备：{1}",
  "{}: the device does not answer": "{1}：设备没有应答",
  "{}: the device says {*}": "{1}：设备回答 {2}",
  "at least one register must be read": "至少须读取一个寄存器",
  "{} is one bit: there is only one way to read it": "{1} 是一位：只有一种读法",

  // Files and tables
  "it cannot be read ({})": "无法读取（{1}）",
  "there is no such file": "没有这个文件",
  "{} has no tables of tags": "{1} 没有标签表格",
  "{} writes no file of {}; there are: {}": "{1} 不能写出 {2} 的文件；有：{3}",
  'the file of the configuration has no adapter "{}"': "配置文件中没有适配器“{1}”",
  "the tags of {} are no list of their own in the file; change it there":
    "{1} 的标签在文件中不是单独的列表；请在那里更改",
  "another configuration is being applied": "正在应用另一份配置",
  "not applied, the configuration before runs again: {*}": "未应用，之前的配置重新运行：{1}",
  "nothing was changed, the file of the configuration cannot be edited here: {*}":
    "没有更改，配置文件不能在此编辑：{1}",
  "there is no configuration before the one that runs": "运行的配置之前没有其他配置",
  "this hub runs the demo: copy its configuration, and start with -c FILE":
    "此 Hub 运行的是演示：请复制其配置，并以 -c FILE 启动",
  "{} cannot be read: {*}": "{1} 无法读取：{2}",
  "{} cannot be written: {*}": "{1} 无法写入：{2}",
  'column "{}" stands twice in the header': "表头中“{1}”列出现两次",
  "has {} cells under {} columns; put cells that contain the separator into quotes":
    "{2} 列之下有 {1} 个单元格；含分隔符的单元格请加引号",
  "the file is empty; its first line names the columns": "文件为空；第一行应为列名",
  "the quotes do not fit together ({}); a quote inside a quoted cell is written twice":
    "引号不匹配（{1}）；加引号的单元格中的引号须写两次",
  'there is no column "{}"; there are: {}': "没有“{1}”列；有：{2}",
  "this column is missing": "缺少此列",
  '"{}" is not {*}': "“{1}”不是{2}",
  "true or false": "true 或 false",
  "a number with a point, e.g. 0.1": "带小数点的数，例如 0.1",
  "a list of names, e.g. 0=Off | 1=On": "名称列表，例如 0=Off | 1=On",
  "a list of raw values, e.g. 0x8000 | 65535": "原始值列表，例如 0x8000 | 65535",
  "is missing; a range has two ends, euLow and euHigh": "缺失；范围有两端，euLow 和 euHigh",
};
