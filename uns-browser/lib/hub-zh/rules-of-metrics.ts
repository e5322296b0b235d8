/** The rules about metrics: titles and advice in Chinese. */
import type { Forms } from "../hub-words.ts";

export const METRIC_RULES: Forms = {
  "birth metric without name": "出生证书中的指标没有名称",
  "Write the name of every metric into births, aliased ones too.":
    "出生证书中须写出每个指标的名称，有别名的也要写。",
  "birth metric without datatype": "出生证书中的指标没有数据类型",
  "Write the datatype of every metric into births.": "出生证书中须写出每个指标的数据类型。",
  "datatype unknown or not allowed": "数据类型未知或不允许",
  "Use a datatype of the standard, 1 to 19 or 22 to 34.":
    "请使用标准规定的数据类型，1 至 19 或 22 至 34。",
  "value and is_null": "值与 is_null",
  "Write either a value or is_null.": "请写入值或 is_null，二者取一。",
  "value does not fit its datatype": "值与数据类型不符",
  "Write the value in the field and range of its datatype.":
    "值须写入其数据类型对应的字段，并在取值范围之内。",
  "metric without timestamp": "指标没有时间戳",
  "Write the time of measurement into each metric of births and data.":
    "出生证书和数据中的每个指标都须写入测量时间。",
  "alias used twice": "别名重复使用",
  "Deal aliases once for the edge node and all its devices together.":
    "别名须在边缘节点及其所有设备范围内统一分配，不得重复。",
  "name or alias": "名称或别名",
  "With aliases: name and alias in births, the alias alone in data and commands. Without: the name.":
    "使用别名时：出生证书中写名称和别名，数据和命令中只写别名。不使用时：写名称。",
  "not in the birth": "不在出生证书中",
  "Publish a new birth with the metric first.": "请先发布包含该指标的新出生证书。",
  "datatype repeated": "重复了数据类型",
  "Nothing to do; the datatype may be left out of data.": "无需处理；数据报文中可以省略数据类型。",
  "Put Node Control/Rebirth, Boolean, false, without alias into NBIRTH.":
    "请在 NBIRTH 中放入 Node Control/Rebirth，类型 Boolean，值 false，不带别名。",
  "metric names differ only in case": "指标名称仅大小写不同",
  "Rename one of them; programs that ignore case mix the two up.":
    "请重命名其中之一；不区分大小写的程序会将两者混淆。",
  "property keys and values": "属性的键与值",
  "Write as many property values as keys.": "属性值的数量须与键相同。",
  "type of a property": "属性的类型",
  "Write a basic datatype, PropertySet or PropertySetList into each property.":
    "每个属性须写入基本数据类型、PropertySet 或 PropertySetList。",
  Quality: "质量属性 Quality",
  "Write Quality as Int32 with 0, 192 or 500, or leave it out when good.":
    "Quality 须为 Int32，值为 0、192 或 500；良好时可省略。",
  "DataSet contradicts itself": "DataSet 自相矛盾",
  "Make columns, types, num_of_columns and rows equally long, types basic, cells fitting.":
    "columns、types、num_of_columns 与各行的长度须一致，类型须为基本类型，单元格须与类型相符。",
  "template definition outside NBIRTH": "模板定义出现在 NBIRTH 之外",
  "Move template definitions to NBIRTH.": "请将模板定义移到 NBIRTH 中。",
  "template is neither definition nor instance": "模板既非定义也非实例",
  "Write is_definition always; template_ref in instances only.":
    "始终写入 is_definition；template_ref 只写在实例中。",
  "instance does not match its definition": "实例与定义不符",
  "Put the definition with all members and parameters into NBIRTH.":
    "请在 NBIRTH 中放入包含全部成员和参数的定义。",
  "template parameter": "模板参数",
  "Write name and basic type of each parameter.": "请写出每个参数的名称和基本类型。",
  "metrics out of time order": "指标未按时间顺序排列",
  "Put older values first.": "较早的值应排在前面。",
  "NDEATH holds more than bdSeq": "NDEATH 中不止 bdSeq",
  "Leave everything but bdSeq out of NDEATH.": "NDEATH 中除 bdSeq 外不要写入其他内容。",
};
