//! What the machine was doing meanwhile: a figure means little without it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::rounds::median;

/// How much the probe writes before each flush: about what one booking adds to the log.
const PROBE_BYTES: usize = 4096;

/// One line on processors, memory and what else runs, from `/proc`.
pub(crate) fn describe() -> String {
    let cpus = std::thread::available_parallelism().map_or(0, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = load.split_whitespace().take(4).collect();
    let model = field("/proc/cpuinfo", "model name").unwrap_or_default();
    format!("{cpus} processors ({model}), load {}", load.join(" "))
}

/// The median time of writing a page and flushing it to the disk, on the folder's file system.
pub(crate) fn flush_probe(folder: &Path, times: usize) -> io::Result<Duration> {
    let path = folder.join("flush-probe");
    let mut file = File::create(&path)?;
    let mut seconds = Vec::with_capacity(times);
    for _ in 0..times {
        file.write_all(&[0; PROBE_BYTES])?;
        let begun = Instant::now();
        file.sync_data()?;
        seconds.push(begun.elapsed().as_secs_f64());
    }
    fs::remove_file(path)?;
    Ok(Duration::from_secs_f64(median(&seconds)))
}

/// The resident memory of a process in bytes.
pub(crate) fn resident_memory(process: u32) -> Option<u64> {
    let kilobytes = field(&format!("/proc/{process}/status"), "VmRSS")?;
    kilobytes.trim_end_matches(" kB").parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// The value of the first `name: value` line.
fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
