/** What the system counts for a process: CPU time and memory, from Linux' /proc. */
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Linux counts CPU time for user programs in hundredths of a second, on every architecture Node runs on. */
const TICKS_PER_SECOND = 100;

/** Whether this system has what the functions below read. */
export const hasProc = existsSync("/proc/self/stat");

/** Seconds of CPU time the process has used so far: user and system, all its threads. */
export function cpuSeconds(pid: number): number {
  return secondsIn(readFileSync(`/proc/${pid}/stat`, "utf8"));
}

/** The same by the name of the thread; threads of one name together. Those that have ended are not in it. */
export function threadCpuSeconds(pid: number): ReadonlyMap<string, number> {
  const seconds = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8");
    const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
    seconds.set(name, (seconds.get(name) ?? 0) + secondsIn(stat));
  }
  return seconds;
}

function secondsIn(stat: string): number {
  // The name in parentheses may hold spaces; utime and stime are fields 14 and 15 of the line (man proc_pid_stat).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Bytes of the process that are in memory now. */
export function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1] ?? 0) * 1024;
}

/** How many files and sockets one process may have open. Node asks for the hard limit when it starts. */
export function openFilesLimit(): number {
  const line = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
  return line?.[1] === "unlimited" ? Infinity : Number(line?.[1] ?? 1024);
}
