/** Adapters that are changed, renamed, stopped, started and tried, in Chinese. */
import type { EntryTexts } from "./texts-of-adapter-entries.ts";

export const entryTextsZh: EntryTexts = {
  entries: {
    edit: "编辑",
    editOf: (name) => `编辑适配器 ${name}`,
    editTitle: (name) => `适配器 ${name} 的设置`,
    editHelp: "与文件中的内容和名称一致。标签有单独的表格：请选择设备。",
    settings: "设置",
    noForm: "Hub 没有此类适配器的表单；请在文件中更改其条目。",
    edited: (name) => `适配器 ${name} 已采用新设置。`,
    about: { memoryLimit: "其线程可占用的内存，例如 512MiB" },
    renaming: (was, name) => [
      `此后页面、日志、指标和审计记录都称其为 ${name}；以 ${was} 记录的内容仍保留原名。`,
      "其组和边缘节点决定 Sparkplug 主题及其指标的路径：只要二者不变，读取方仍在原处找到全部内容，历史也会延续。",
      "它所信任的证书以及对设备的了解会一并保留。",
    ],

    line: {
      polling: "轮询中",
      subscribed: "已订阅",
      tags: (tags) => `${tags} 个标签`,
      tagsIn: (tags, requests) => `${tags} 个标签，${requests} 个请求`,
      cycle: (every) => `周期 ${every}`,
      cycleTakes: (every, took) => `周期 ${every}，耗时 ${took}`,
      errors: (share) => `错误 ${share}`,
      testRead: "测试读取",
      reading: "正在读取…",
    },
    trial: {
      title: "连接测试",
      act: "测试连接",
      running: "正在测试…",
      help: "按以上内容连接并读取一个值；不保存任何内容。",
      notYet: "以上内容没有错误后即可测试。",
      works: "连接正常。",
      fails: "连接不成功。",
      done: "完成：",
      failed: "失败：",
      steps: {
        connect: "连接：",
        endpoints: "端点：",
        certificate: "证书：",
        session: "登录：",
        read: "一个值：",
      },
      ms: (ms) => `${ms} 毫秒`,
    },

    stopOf: (name) => `停用适配器 ${name}`,
    startOf: (name) => `启动适配器 ${name}`,
    stop: {
      label: "停用",
      title: (name) => `停用适配器 ${name}？`,
      help: "不再询问其设备。其指标保留最后的值，并视为过时；文件中写为 enabled: false。",
      act: "停用",
      done: (name) => `适配器 ${name} 已停用。`,
    },
    start: {
      label: "启动",
      title: (name) => `启动适配器 ${name}？`,
      help: "它会重新连接其设备；设备一有应答即出生。",
      act: "启动",
      done: (name) => `适配器 ${name} 已启动。`,
    },
    because: "原因",
    becauseHelp: "供看到它停用的人参考；可以省略",
    stoppedBy: (by, since) =>
      [
        by === null ? "在文件中停用" : `由 ${by} 停用`,
        ...(since === null ? [] : [`${since}前`]),
      ].join("，"),
  },
};
