//! Where the state is: in a file that all processes of the user share, or in this one alone.
//!
//! Every change reads the file, changes it and writes it anew, under a lock that ends with the
//! process that holds it. A process that dies leaves the old state or the new one.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use xxhash_rust::xxh3::xxh3_64;

use super::{state::State, time::Time};
use crate::claude::GovernorSettings;

/// How long a change waits for the lock: another process holds it for less than a millisecond,
/// unless it was stopped.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long it waits where a thread must not be held up.
const HASTE: Duration = Duration::from_millis(50);
/// Time between two looks at the lock.
const LOOK: Duration = Duration::from_millis(2);
/// Size of a file that is read: many times what is ever written.
const LONGEST_FILE: u64 = 4 << 20;

/// The state and where it is.
pub(super) struct Store {
    account: String,
    settings: GovernorSettings,
    time: Arc<dyn Time>,
    files: Option<Files>,
    /// The state where there is no file, or none that can be used.
    own: Mutex<State>,
    /// Set once the folder turned out to be of no use.
    alone: AtomicBool,
    /// The state as it was last seen.
    seen: Mutex<Option<State>>,
}

struct Files {
    folder: PathBuf,
    state: PathBuf,
    /// What is written before it takes the place of the state.
    next: PathBuf,
    /// Never replaced, so that all lock the same file.
    lock: PathBuf,
}

impl Store {
    pub(super) fn new(settings: GovernorSettings, account: &str, time: Arc<dyn Time>) -> Self {
        Self {
            account: account.to_owned(),
            time,
            files: settings
                .folder
                .as_deref()
                .map(|folder| Files::new(folder, account)),
            settings,
            own: Mutex::new(State::fresh(account)),
            alone: AtomicBool::new(false),
            seen: Mutex::new(None),
        }
    }

    pub(super) fn time(&self) -> &dyn Time {
        &*self.time
    }

    pub(super) fn settings(&self) -> &GovernorSettings {
        &self.settings
    }

    /// Changes the state; the change is told the present instant. It is made to the end once it has
    /// begun, also where nobody waits for it any more.
    pub(super) async fn change<R: Send + 'static>(
        self: &Arc<Self>,
        change: impl FnOnce(&mut State, u64) -> R + Clone + Send + 'static,
    ) -> R {
        if self.files_in_use().is_none() {
            return self.change_own(change);
        }
        // The lock may have to be waited for, which must not hold up other tasks.
        let (store, again) = (Arc::clone(self), change.clone());
        let job = tokio::task::spawn_blocking(move || match store.files_in_use() {
            Some(files) => store.change_under(files, files.locked(PATIENCE), change),
            None => store.change_own(change),
        });
        match job.await {
            Ok(result) => result,
            // The runtime ends, and the job never began.
            Err(_) => self.change_own(again),
        }
    }

    /// Changes the state from where nothing can wait; where the lock is not to be had soon, what
    /// was to be changed is left to its deadline.
    pub(super) fn change_in_haste(&self, change: impl FnOnce(&mut State, u64)) {
        let Some(files) = self.files_in_use() else {
            return self.change_own(change);
        };
        if let Ok(lock) = files.locked(HASTE) {
            self.change_under(files, Ok(lock), change);
        }
    }

    /// Returns the state as it was last seen, or as it is in the file where it was not seen yet.
    /// Nothing waits for the lock: a file is replaced whole.
    pub(super) fn seen(&self) -> State {
        let mut seen = unpoisoned(&self.seen);
        let state = seen.get_or_insert_with(|| {
            let read = self
                .files_in_use()
                .and_then(|files| files.read(&self.account).ok()?);
            let mut state = read.unwrap_or_else(|| State::fresh(&self.account));
            state.advance(self.time.now());
            state
        });
        state.clone()
    }

    fn files_in_use(&self) -> Option<&Files> {
        let alone = self.alone.load(Ordering::Relaxed);
        self.files.as_ref().filter(|_| !alone)
    }

    fn change_own<R>(&self, change: impl FnOnce(&mut State, u64) -> R) -> R {
        let mut state = unpoisoned(&self.own);
        self.apply(&mut state, change)
    }

    fn change_under<R>(
        &self,
        files: &Files,
        lock: io::Result<fs::File>,
        change: impl FnOnce(&mut State, u64) -> R,
    ) -> R {
        let lock = match lock {
            Ok(lock) => lock,
            Err(error) => {
                // A process that was stopped with the lock may go on: only this change is alone.
                if error.kind() != io::ErrorKind::WouldBlock {
                    self.leave(files, &error);
                }
                return self.change_own(change);
            }
        };
        let mut state = self.read(files);
        let result = self.apply(&mut state, change);
        let written = files.write(&state);
        drop(lock);
        if let Err(error) = written {
            *unpoisoned(&self.own) = state;
            self.leave(files, &error);
        }
        result
    }

    fn apply<R>(&self, state: &mut State, change: impl FnOnce(&mut State, u64) -> R) -> R {
        // Read under the lock: instants then follow one another as the changes do.
        let now = self.time.now();
        state.advance(now);
        let result = change(state, now);
        *unpoisoned(&self.seen) = Some(state.clone());
        result
    }

    fn read(&self, files: &Files) -> State {
        let why = match files.read(&self.account) {
            Ok(Some(state)) => return state,
            Ok(None) => "it is damaged, or of another version".to_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return State::fresh(&self.account);
            }
            Err(error) => error.to_string(),
        };
        tracing::warn!(
            file = %files.state.display(),
            "the shared limits of the model cannot be read and begin anew, half used: {why}"
        );
        State::lost(&self.account, &self.settings, self.time.now())
    }

    fn leave(&self, files: &Files, error: &io::Error) {
        if !self.alone.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                folder = %files.folder.display(),
                "the limits of the model are kept by this process alone, for the folder cannot \
                 be written: {error}"
            );
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("account", &self.account)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Files {
    fn new(folder: &Path, account: &str) -> Self {
        let name = xxh3_64(account.as_bytes());
        let file = |end: &str| folder.join(format!("governor-{name:016x}.{end}"));
        Self {
            folder: folder.to_owned(),
            state: file("json"),
            next: file("next"),
            lock: file("lock"),
        }
    }

    fn read(&self, account: &str) -> io::Result<Option<State>> {
        if fs::metadata(&self.state)?.len() > LONGEST_FILE {
            return Ok(None);
        }
        Ok(State::read(&fs::read(&self.state)?, account))
    }

    fn write(&self, state: &State) -> io::Result<()> {
        fs::write(&self.next, serde_json::to_vec(state)?)?;
        fs::rename(&self.next, &self.state)
    }

    /// Takes the lock, which ends with the file that is returned. It is looked at again and again,
    /// for a wait for a lock has no end where the process that holds it was stopped.
    fn locked(&self, patience: Duration) -> io::Result<fs::File> {
        fs::create_dir_all(&self.folder)?;
        let mut options = fs::OpenOptions::new();
        let file = options
            .write(true)
            .create(true)
            .truncate(false)
            .open(&self.lock)?;
        let began = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(fs::TryLockError::WouldBlock) if began.elapsed() < patience => {
                    thread::sleep(LOOK);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
