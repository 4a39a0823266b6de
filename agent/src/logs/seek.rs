//! Where to begin: at a cursor, so many lines before the end, or at a moment.

use super::assemble::Place;
use super::entry::{Entry, parse};
use super::files::LogFile;
use crane_shared::model::{LogCursor, LogSource};
use memchr::memrchr;
use std::io;

/// Entries are only nearly in the order of their times: two streams are written beside each other, clocks are set.
const DISORDER_NS: i64 = 5_000_000_000;
/// A search by time ends when this little is left, and goes on line by line.
const NEAR: u64 = 64 << 10;
/// So far back the beginning of a line is looked for whose end comes behind the place to begin at.
const LOOK_BACK: u64 = 1 << 20;

/// Where reading begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Begin {
    /// Index of the file.
    pub(super) file: usize,
    pub(super) offset: u64,
    /// Lines that end before this place are not handed out: only the unfinished line that begins at `offset` is wanted.
    pub(super) skip_to: Option<Place>,
}

impl Begin {
    pub(super) const fn at(file: usize, offset: u64) -> Self {
        Self {
            file,
            offset,
            skip_to: None,
        }
    }
}

/// The place, the time of the last line before it, and where a line has begun that ends behind it.
pub(super) fn place_of(cursor: &LogCursor) -> (Place, i64, Option<Place>) {
    match *cursor {
        LogCursor::File { inode, offset, at_ns } => (Place { inode, offset }, at_ns, None),
        LogCursor::FileOpen {
            inode,
            offset,
            at_ns,
            open_inode,
            open_offset,
        } => (
            Place { inode, offset },
            at_ns,
            Some(Place {
                inode: open_inode,
                offset: open_offset,
            }),
        ),
        LogCursor::Time { at_ns, .. } => (Place { inode: 0, offset: 0 }, at_ns, None),
    }
}

/// Finds the place of a cursor: its own file, or the packed copy of it. `None` when it is gone.
pub(super) fn resume(files: &mut [LogFile], place: Place, at_ns: i64, open: Option<Place>) -> Option<Begin> {
    let file = files
        .iter_mut()
        // Inodes are used again: the entry before the place must be the one that the cursor saw.
        .position(|file| file.inode() == place.inode && fits(file, place.offset, at_ns))
        .or_else(|| {
            files
                .iter_mut()
                .rposition(|file| file.is_packed() && place.offset > 0 && fits(file, place.offset, at_ns))
        })?;
    let end = files.get(file)?.place(place.offset);
    let Some(open) = open else {
        return Some(Begin::at(file, place.offset));
    };
    let begun = if open.inode == place.inode {
        Some(file)
    } else {
        // The file before it, whether it still has the same inode or was packed.
        files
            .get(..file)?
            .iter()
            .rposition(|file| file.inode() == open.inode)
            .or_else(|| file.checked_sub(1))
    };
    // A cursor comes from outside: a place between two entries, and none behind its own line.
    let begun = begun.filter(|begun| {
        (*begun < file || open.offset < place.offset)
            && files
                .get_mut(*begun)
                .is_some_and(|file| is_between_entries(file, open.offset))
    });
    Some(match begun {
        Some(begun) => Begin {
            file: begun,
            offset: open.offset,
            skip_to: Some(end),
        },
        // The head of the unfinished line is gone; its tail will come as a line of its own.
        None => Begin::at(file, place.offset),
    })
}

fn is_between_entries(file: &mut LogFile, offset: u64) -> bool {
    let Some(before) = offset.checked_sub(1) else {
        return true;
    };
    let mut byte = [0];
    file.size().is_ok_and(|size| before < size)
        && file.read_at(before, &mut byte).is_ok_and(|count| count == 1)
        && byte == *b"\n"
}

fn fits(file: &mut LogFile, offset: u64, at_ns: i64) -> bool {
    if offset == 0 {
        return true;
    }
    match file.size() {
        Ok(size) if size >= offset => {}
        _ => return false,
    }
    match Backward::new(file, offset).next() {
        Some(Ok((_, to, Some(entry)))) => to == offset && entry.at_ns == at_ns,
        // A damaged entry has no time; its end is a good place all the same.
        Some(Ok((_, to, None))) => to == offset,
        _ => false,
    }
}

/// The place behind which the last `lines` lines lie.
pub(super) fn tail(files: &mut [LogFile], lines: u32) -> io::Result<Begin> {
    let mut left = lines;
    // Time of the entry behind the one that is looked at, for each stream.
    let mut behind: [Option<i64>; 2] = [None, None];
    for index in (0..files.len()).rev() {
        let Some(file) = files.get_mut(index) else { break };
        let size = file.size()?;
        let inode = file.inode();
        let mut found = None;
        for entry in Backward::new(file, size) {
            let (_, to, Some(entry)) = entry? else { continue };
            let stream = slot(entry.source);
            // A piece whose line goes on behind it is no end of a line.
            if entry.ends() || behind[stream] != Some(entry.at_ns) {
                if left == 0 {
                    found = Some((to, entry.source));
                    break;
                }
                left -= 1;
            }
            behind[stream] = Some(entry.at_ns);
        }
        if let Some((to, source)) = found {
            let other = 1 - slot(source);
            let cut = Place { inode, offset: to };
            return Ok(match begun(file, to, other, behind[other]) {
                Some(offset) => Begin {
                    file: index,
                    offset,
                    skip_to: Some(cut),
                },
                None => Begin::at(index, to),
            });
        }
    }
    Ok(Begin::at(0, 0))
}

/// Where, before `offset`, a line of one stream begins that goes on behind it.
fn begun(file: &mut LogFile, offset: u64, stream: usize, behind: Option<i64>) -> Option<u64> {
    let mut first = None;
    for entry in Backward::new(file, offset) {
        let Ok((from, to, Some(entry))) = entry else { break };
        if offset - to > LOOK_BACK {
            break;
        }
        if slot(entry.source) != stream {
            continue;
        }
        if entry.ends() || behind.is_some_and(|at_ns| at_ns != entry.at_ns) {
            break;
        }
        first = Some(from);
    }
    first
}

const fn slot(source: LogSource) -> usize {
    match source {
        LogSource::Stdout => 0,
        LogSource::Stderr => 1,
    }
}

/// A place before all entries of `since_ns` or later, and not long before them. Lines before that time follow it, so
/// they must still be left out one by one.
pub(super) fn since(files: &mut [LogFile], since_ns: i64) -> io::Result<Begin> {
    let early = since_ns.saturating_sub(DISORDER_NS);
    let index = files
        .iter_mut()
        .rposition(|file| file.first().is_some_and(|entry| entry.at_ns < early))
        .unwrap_or(0);
    let Some(file) = files.get_mut(index) else {
        return Ok(Begin::at(0, 0));
    };
    // A packed file can't be searched without unpacking it again and again.
    let (mut low, mut high) = (0, if file.is_packed() { 0 } else { file.size()? });
    while high.saturating_sub(low) > NEAR {
        let middle = low + (high - low) / 2;
        match file.entry_from(middle) {
            Some((at, entry)) if at < high && entry.at_ns < early => low = at,
            _ => high = middle,
        }
    }
    Ok(Begin::at(index, low))
}

/// The entries before an offset, last first: from, to, and what it says (`None` when it is damaged). An entry without
/// its line end is left out.
struct Backward<'a> {
    file: &'a mut LogFile,
    /// The text before this offset was not read yet.
    start: u64,
    /// The text from `start` on that was not given out yet.
    text: Vec<u8>,
    block: u64,
    failed: bool,
}

impl<'a> Backward<'a> {
    fn new(file: &'a mut LogFile, offset: u64) -> Self {
        // Going back in a packed file unpacks it from its beginning each time.
        let block = if file.is_packed() { 8 << 20 } else { 64 << 10 };
        Self {
            file,
            start: offset,
            text: Vec::new(),
            block,
            failed: false,
        }
    }

    /// Reads one more block before the text.
    fn more(&mut self) -> io::Result<bool> {
        let size = self.start.min(self.block);
        if size == 0 {
            return Ok(false);
        }
        // What is left here is less than one entry; so much of it is damage.
        if self.text.len() as u64 > (4 << 20) + self.block {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let from = self.start - size;
        let mut text = vec![0; usize::try_from(size).unwrap_or(0)];
        let count = self.file.read_at(from, &mut text)?;
        if count < text.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        text.append(&mut self.text);
        self.text = text;
        self.start = from;
        Ok(true)
    }
}

impl Iterator for Backward<'_> {
    type Item = io::Result<(u64, u64, Option<Entry<'static>>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        loop {
            // What stands behind the last line end has none of its own yet.
            let end = memrchr(b'\n', &self.text);
            if let Some(end) = end {
                self.text.truncate(end + 1);
                let begin = memrchr(b'\n', &self.text[..end]).map(|at| at + 1);
                if let Some(begin) = begin.or((self.start == 0).then_some(0)) {
                    let entry = parse(&self.text[begin..end]).map(Entry::into_owned);
                    let (from, to) = (self.start + begin as u64, self.start + end as u64 + 1);
                    self.text.truncate(begin);
                    return Some(Ok((from, to, entry)));
                }
            }
            match self.more() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    self.failed = true;
                    return Some(Err(error));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
