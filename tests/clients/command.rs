//! Runs a client: with its output kept, and not for ever.

use std::{
    io::Read,
    process::{Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use libtest_mimic::Failed;

use crate::server;

/// Between two looks at a client that still runs.
const LOOK: Duration = Duration::from_millis(20);

/// What a client said and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    /// Fails unless the client ended well.
    pub(crate) fn succeeded(self) -> Result<Self, Failed> {
        let well = self.status.success();
        self.holds(well, "the client failed")
    }

    /// Fails unless `condition` holds, and shows what was said.
    pub(crate) fn holds(self, condition: bool, what: &str) -> Result<Self, Failed> {
        if condition {
            return Ok(self);
        }
        let Self {
            status,
            stdout,
            stderr,
        } = self;
        Err(format!("{what}: {status}\n{stdout}\n{stderr}").into())
    }
}

/// Runs a client without the settings of whoever runs the tests, for some minutes at most.
pub(crate) fn run(command: &mut Command, minutes: u64) -> Result<Said, Failed> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let stdout = child.stdout.take().map(in_background);
    let stderr = child.stderr.take().map(in_background);
    let end = Instant::now() + Duration::from_secs(60 * minutes);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if Instant::now() > end {
            child.kill()?;
            break child.wait()?;
        }
        thread::sleep(LOOK);
    };
    let text = |reader: Option<thread::JoinHandle<Vec<u8>>>| {
        let bytes = reader.and_then(|reader| reader.join().ok());
        String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
    };
    Ok(Said {
        status,
        stdout: text(stdout),
        stderr: text(stderr),
    })
}

fn in_background(mut from: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What breaks off is shown as far as it came.
        drop(from.read_to_end(&mut bytes));
        bytes
    })
}

/// Has a client read nothing that belongs to whoever runs the tests.
pub(crate) fn clean(mut command: Command) -> Command {
    server::without_own_settings(&mut command);
    command
}
