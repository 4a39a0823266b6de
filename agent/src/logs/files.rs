//! A log's files on disk: the one that is written, and those that were rotated away: `.1`, `.2`, … or `.1.gz`, …

use super::assemble::Place;
use super::ear::Begun;
use super::entry::{Entry, parse};
use flate2::read::MultiGzDecoder;
use memchr::{memchr, memrchr};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

/// A listing is repeated while a rotation goes on under it, at most this often: each rotation takes microseconds.
const TRIES: u32 = 20;
/// More rotated files than this are not looked at; Docker's `max-file` is rarely above 10.
const MOST_FILES: usize = 1000;
/// More than an entry has: 16 KiB of control characters are 96 KiB of JSON.
const ENTRY: usize = 128 << 10;

/// One file of a log. Held open it can be read to its end, also when it was rotated away and deleted.
#[derive(Debug)]
pub(super) struct LogFile {
    inode: u64,
    text: Text,
}

#[derive(Debug)]
enum Text {
    Plain(File),
    /// A rotated file that the engine compressed.
    Packed {
        decoder: Box<MultiGzDecoder<File>>,
        at: u64,
    },
}

impl LogFile {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let inode = file.metadata()?.ino();
        let text = if path.extension() == Some(OsStr::new("gz")) {
            Text::Packed {
                decoder: Box::new(MultiGzDecoder::new(file)),
                at: 0,
            }
        } else {
            Text::Plain(file)
        };
        Ok(Self { inode, text })
    }

    pub(super) const fn inode(&self) -> u64 {
        self.inode
    }

    pub(super) const fn is_packed(&self) -> bool {
        matches!(self.text, Text::Packed { .. })
    }

    pub(super) const fn place(&self, offset: u64) -> Place {
        Place {
            inode: self.inode,
            offset,
        }
    }

    /// Another descriptor of the same file.
    pub(super) fn again(&self) -> io::Result<Self> {
        let text = match &self.text {
            Text::Plain(file) => Text::Plain(file.try_clone()?),
            Text::Packed { decoder, .. } => {
                // A clone shares its place in the file with the original, so a packed file is opened anew.
                Text::Packed {
                    decoder: Box::new(MultiGzDecoder::new(anew(decoder.get_ref())?)),
                    at: 0,
                }
            }
        };
        Ok(Self {
            inode: self.inode,
            text,
        })
    }

    /// Reads up to `buffer.len()` bytes of the (unpacked) text; fewer only at its end.
    pub(super) fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.text {
            Text::Plain(file) => fill(buffer, |filled, rest| file.read_at(rest, offset.saturating_add(filled))),
            Text::Packed { decoder, at } => {
                if offset < *at {
                    **decoder = MultiGzDecoder::new(anew(decoder.get_ref())?);
                    *at = 0;
                }
                let skipped = io::copy(&mut decoder.by_ref().take(offset - *at), &mut io::sink())?;
                *at += skipped;
                if *at < offset {
                    return Ok(0);
                }
                let count = fill(buffer, |_, rest| decoder.read(rest))?;
                *at += count as u64;
                Ok(count)
            }
        }
    }

    /// Bytes of (unpacked) text. A packed file is unpacked to its end for it.
    pub(super) fn size(&mut self) -> io::Result<u64> {
        match &mut self.text {
            Text::Plain(file) => Ok(file.metadata()?.size()),
            Text::Packed { decoder, at } => {
                *at += io::copy(decoder, &mut io::sink())?;
                Ok(*at)
            }
        }
    }

    /// Bytes of text without the last entry: less than the engine's limit for a file that it has rotated away.
    pub(super) fn without_last(&mut self) -> io::Result<u64> {
        let size = self.size()?;
        let from = size.saturating_sub(ENTRY as u64);
        let mut text = vec![0; usize::try_from(size - from).unwrap_or(0)];
        let count = self.read_at(from, &mut text)?;
        text.truncate(count);
        let end = text.len().saturating_sub(1);
        let last = memrchr(b'\n', &text[..end]);
        Ok(last.map_or(0, |last| from + last as u64 + 1))
    }

    /// The first entry, for its time; `None` in an empty or damaged file.
    pub(super) fn first(&mut self) -> Option<Entry<'static>> {
        self.entry_from(0).map(|(_, entry)| entry)
    }

    /// The first whole entry that begins at `offset` or behind it: its offset and what it says.
    pub(super) fn entry_from(&mut self, offset: u64) -> Option<(u64, Entry<'static>)> {
        // Begin one byte earlier: only behind a line end does an entry begin.
        let mut start = offset.saturating_sub(1);
        let mut text = Vec::new();
        let mut whole = offset == 0;
        // 16 KiB of control characters are 96 KiB of JSON: an entry longer than this is damage.
        while text.len() < 512 << 10 {
            let had = text.len();
            text.resize(had + (16 << 10), 0);
            let count = self.read_at(start + had as u64, &mut text[had..]).ok()?;
            text.truncate(had + count);
            while let Some(end) = memchr(b'\n', &text) {
                if whole && let Some(entry) = parse(&text[..end]) {
                    return Some((start, entry.into_owned()));
                }
                whole = true;
                text.drain(..=end);
                start += end as u64 + 1;
            }
            if count == 0 {
                return None;
            }
        }
        None
    }
}

/// The same file with a place of its own, also when its name is gone.
fn anew(file: &File) -> io::Result<File> {
    File::open(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

fn fill(buffer: &mut [u8], mut read: impl FnMut(u64, &mut [u8]) -> io::Result<usize>) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match read(filled as u64, &mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// All files of the log that is written at `path`, oldest first.
pub(super) fn rotation(path: &Path) -> io::Result<Vec<LogFile>> {
    let mut last = Err(io::Error::from(io::ErrorKind::NotFound));
    for _ in 0..TRIES {
        let names = names(path)?;
        let opened: io::Result<Vec<_>> = names.iter().map(|name| LogFile::open(name)).collect();
        match opened {
            Ok(files) if is_still(&names, &files) => return Ok(files),
            // A rotation went on meanwhile; it is over in a moment.
            other => last = other,
        }
        std::thread::yield_now();
    }
    last
}

/// All files of the log as in [`rotation`], and how many were begun up to the last of them. `begun` counts; it is `None` where
/// nobody counts, or the log is rotated so fast that no listing falls between two rotations.
pub(super) fn counted(
    path: &Path,
    begun: &mut dyn FnMut() -> Option<Begun>,
) -> io::Result<(Vec<LogFile>, Option<Begun>)> {
    for _ in 0..TRIES {
        let before = begun();
        let files = rotation(path)?;
        // A new file has its name a moment before it is heard of, but the directory is locked meanwhile: listing it waits.
        drop(names(path));
        if before == begun() {
            return Ok((files, before));
        }
    }
    Ok((rotation(path)?, None))
}

/// Whether the names still lead to the files, each to another one.
fn is_still(names: &[PathBuf], files: &[LogFile]) -> bool {
    let mut seen = std::collections::BTreeSet::new();
    names
        .iter()
        .zip(files)
        .all(|(name, file)| seen.insert(file.inode) && std::fs::metadata(name).is_ok_and(|now| now.ino() == file.inode))
}

fn names(path: &Path) -> io::Result<Vec<PathBuf>> {
    let (Some(directory), Some(base)) = (path.parent(), path.file_name().and_then(OsStr::to_str)) else {
        return Err(io::ErrorKind::NotFound.into());
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let name = entry?.file_name();
        if let Some(number) = name.to_str().and_then(|name| number(name.strip_prefix(base)?)) {
            found.push((number, directory.join(name)));
        }
    }
    // Oldest first; while a file is being packed both are there, and the plain one is whole.
    found.sort_by_key(|((number, packed), _)| (std::cmp::Reverse(*number), *packed));
    found.dedup_by_key(|((number, _), _)| *number);
    let surplus = found.len().saturating_sub(MOST_FILES);
    if found.last().is_none_or(|((number, _), _)| *number != 0) {
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok(found.into_iter().skip(surplus).map(|(_, path)| path).collect())
}

/// `` → 0, `.3` → 3, `.3.gz` → 3 and packed.
fn number(suffix: &str) -> Option<(u32, bool)> {
    if suffix.is_empty() {
        return Some((0, false));
    }
    let suffix = suffix.strip_prefix('.')?;
    match suffix.strip_suffix(".gz") {
        Some(number) => Some((number.parse().ok()?, true)),
        None => Some((suffix.parse().ok()?, false)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn pack(path: &Path, text: &[u8]) {
        let mut packer = flate2::write::GzEncoder::new(File::create(path).unwrap(), flate2::Compression::fast());
        packer.write_all(text).unwrap();
        packer.finish().unwrap();
    }

    #[test]
    fn files_are_listed_oldest_first_and_strangers_left_out() {
        let here = tempfile::tempdir().unwrap();
        let log = here.path().join("x-json.log");
        for name in [
            "x-json.log",
            "x-json.log.1",
            "x-json.log.10",
            "x-json.log.2",
            "x-json.log.bak",
            "y.log.3",
            "x-json.log.2.gz",
        ] {
            std::fs::write(here.path().join(name), name).unwrap();
        }
        pack(&here.path().join("x-json.log.3.gz"), b"three");
        let order: Vec<_> = rotation(&log)
            .unwrap()
            .iter_mut()
            .map(|file| {
                let mut text = [0; 20];
                let count = file.read_at(0, &mut text).unwrap();
                String::from_utf8(text[..count].to_vec()).unwrap()
            })
            .collect();
        assert_eq!(
            order,
            ["x-json.log.10", "three", "x-json.log.2", "x-json.log.1", "x-json.log"]
        );
    }

    #[test]
    fn without_a_current_file_there_is_no_log() {
        let here = tempfile::tempdir().unwrap();
        std::fs::write(here.path().join("l.1"), "").unwrap();
        assert!(rotation(&here.path().join("l")).is_err());
    }

    #[test]
    fn a_packed_file_is_read_at_any_place() {
        let here = tempfile::tempdir().unwrap();
        let path = here.path().join("l.1.gz");
        let text: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
        pack(&path, &text);
        let mut file = LogFile::open(&path).unwrap();
        let mut buffer = [0; 1000];
        for offset in [400_000_usize, 12, 799_990, 0] {
            let count = file.read_at(offset as u64, &mut buffer).unwrap();
            assert_eq!(buffer[..count], text[offset..(offset + 1000).min(text.len())]);
        }
        assert_eq!(file.size().unwrap(), 800_000);
        assert_eq!(file.read_at(900_000, &mut buffer).unwrap(), 0);
    }

    #[test]
    fn the_next_entry_is_found_from_anywhere() {
        let here = tempfile::tempdir().unwrap();
        let path = here.path().join("l");
        let entry =
            |n: u8| format!("{{\"log\":\"{n}\\n\",\"stream\":\"stdout\",\"time\":\"1970-01-01T00:00:0{n}Z\"}}\n");
        let (one, two) = (entry(1), entry(2));
        std::fs::write(&path, format!("{one}damage\n{two}{{\"log\":\"torn")).unwrap();
        let mut file = LogFile::open(&path).unwrap();
        assert_eq!(file.entry_from(0).unwrap().0, 0);
        let second = one.len() as u64 + 7;
        for offset in [1, one.len() as u64 - 1, one.len() as u64 + 2, second] {
            assert_eq!(file.entry_from(offset).unwrap().0, second, "from {offset}");
        }
        assert!(file.entry_from(second + 1).is_none());
    }
}
