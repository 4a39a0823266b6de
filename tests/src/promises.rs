//! Promises: end-to-end tests that share one world, one after the other, each a sentence and what shows that it is true.
//!
//! A program of promises lists them with [`promises!`], makes a [`World`] and hands both to [`show`]. Everything is printed
//! and nothing is hidden, so cargo's own flags for output mean nothing here.

use anyhow::Result;
use clap::Parser;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Instant;

/// What cargo and people pass to such a program.
#[derive(Debug, Parser)]
pub struct Arguments {
    /// Run only promises whose name contains one of these.
    filters: Vec<String>,
    #[arg(long)]
    exact: bool,
    #[arg(long)]
    list: bool,
    /// Where the programs are; cargo's own directory when left out.
    #[arg(long, env = "CRANE_BIN_DIR")]
    pub bin_dir: Option<PathBuf>,
    /// Passed by cargo and editors; this program prints everything and runs one promise at a time anyhow.
    #[arg(long)]
    nocapture: bool,
    #[arg(long)]
    test_threads: Option<u32>,
    #[arg(long, short)]
    quiet: bool,
}

/// A promise while it is shown.
pub type Showing<'a> = Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// A sentence and what shows that it is true.
#[derive(Debug)]
pub struct Promise<W> {
    /// `room::sentence`.
    pub name: &'static str,
    pub show: for<'a> fn(&'a mut W) -> Showing<'a>,
}

/// What all promises of a program stand on.
pub trait World {
    /// What was measured since it was asked last.
    fn figures(&mut self) -> Vec<String>;
    /// Puts back what a broken promise may have left: the next one needs a whole world.
    fn mend(&mut self) -> impl Future<Output = Result<()>>;
}

/// `room::name` for each function `name` of a module `room` that takes `&mut World`.
#[macro_export]
macro_rules! promises {
    ($($room:ident::$name:ident),* $(,)?) => {
        &[$($crate::promises::Promise {
            name: concat!(stringify!($room), "::", stringify!($name)),
            show: |world| Box::pin($room::$name(world)),
        }),*]
    };
}

impl Arguments {
    /// Those of `all` that are wanted. `None` when there is nothing to run: only the list was asked for, or no name fits.
    #[must_use]
    pub fn choose<W>(&self, all: &'static [Promise<W>]) -> Option<Vec<&'static Promise<W>>> {
        let fits = |promise: &&Promise<W>| {
            let fits = |filter: &String| match self.exact {
                true => promise.name == filter,
                false => promise.name.contains(filter.as_str()),
            };
            self.filters.is_empty() || self.filters.iter().any(fits)
        };
        let chosen: Vec<_> = all.iter().filter(fits).collect();
        if self.list {
            for promise in chosen {
                say(&format!("{}: test", promise.name));
            }
            return None;
        }
        if chosen.is_empty() {
            say("running 0 tests");
            return None;
        }
        Some(chosen)
    }
}

/// Shows one promise after the other; says whether all were kept.
///
/// # Errors
/// When the world can't be mended after a broken one.
pub async fn show<W: World>(world: &mut W, chosen: &[&Promise<W>]) -> Result<bool> {
    let mut broken = Vec::new();
    for promise in chosen {
        let start = Instant::now();
        let shown = (promise.show)(world).await;
        let verdict = if shown.is_ok() { "ok" } else { "BROKEN" };
        say(&format!(
            "{} ... {verdict} ({:.1} s)",
            promise.name,
            start.elapsed().as_secs_f64()
        ));
        for figure in world.figures() {
            say(&format!("      {figure}"));
        }
        if let Err(why) = shown {
            say(&format!("      {why:#}"));
            broken.push(promise.name);
            world.mend().await?;
        }
    }
    say(&format!(
        "\n{} kept, {} broken{}\n",
        chosen.len() - broken.len(),
        broken.len(),
        broken.iter().map(|name| format!("\n    {name}")).collect::<String>()
    ));
    Ok(broken.is_empty())
}

/// A line of the program's own report.
#[expect(clippy::print_stdout, reason = "this is a test program's own report")]
pub fn say(line: &str) {
    println!("{line}");
}
