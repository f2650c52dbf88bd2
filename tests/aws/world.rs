//! The emulated AWS: its servers, the lakes in its buckets, the tables over them.

use std::{
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::http;

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_mins(1);

/// Running servers. They end with it.
#[derive(Debug)]
pub(crate) struct World {
    /// The demo's lake without what the article's table cannot read.
    pub(crate) plain_lake: PathBuf,
    python: PathBuf,
    moto: Server,
    double: Server,
    /// Stands in front of the double, for faults.
    faults: OnceLock<Result<Server, String>>,
    /// Tests that change how Athena behaves, or count its calls, come one after the other.
    alone: RwLock<()>,
}

/// A server and its port.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl World {
    /// Starts everything and fills it.
    pub(crate) fn start(python: &Path) -> Result<Self, String> {
        let moto = moto(python)?;
        let double = double(python, moto.port)?;
        let plain_lake = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plain-lake");
        drop(std::fs::remove_dir_all(&plain_lake));
        let world = Self {
            plain_lake,
            python: python.to_owned(),
            moto,
            double,
            faults: OnceLock::new(),
            alone: RwLock::default(),
        };
        let demo = demo_lake();
        world.script("without_twins.py", &[&demo, &path_text(&world.plain_lake)])?;
        world.seed(&demo, "demo", "demo-bucket")?;
        world.seed(&path_text(&world.plain_lake), "plain", "plain-bucket")?;
        Ok(world)
    }

    /// Fills a bucket with a lake, and makes the tables over it.
    pub(crate) fn seed(&self, lake: &str, database: &str, bucket: &str) -> Result<(), String> {
        let (store, athena) = (endpoint(self.moto.port), endpoint(self.double.port));
        self.script("seed.py", &[&store, &athena, lake, database, bucket])
    }

    fn script(&self, name: &str, arguments: &[&str]) -> Result<(), String> {
        let mut command = Command::new(&self.python);
        credentials(&mut command);
        let output = command
            .arg(folder().join(name))
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("{name}: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(format!("{name} failed: {said}"))
    }

    /// Returns the endpoint of all services.
    pub(crate) fn endpoint(&self) -> String {
        endpoint(self.double.port)
    }

    /// Returns the port of the double.
    pub(crate) fn athena_port(&self) -> u16 {
        self.double.port
    }

    /// Returns the port of what keeps buckets.
    pub(crate) fn store_port(&self) -> u16 {
        self.moto.port
    }

    /// Returns the interpreter that has all packages.
    pub(crate) fn python(&self) -> &Path {
        &self.python
    }

    /// Asks Athena beside others who do no more than that.
    pub(crate) fn beside(&self) -> RwLockReadGuard<'_, ()> {
        self.alone.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the port of microburst, which passes on what no rule changes. One serves all tests:
    /// it takes long to start.
    pub(crate) fn faults_port(&self) -> Result<u16, String> {
        let server = self.faults.get_or_init(|| microburst(self));
        server
            .as_ref()
            .map(|server| server.port)
            .map_err(Clone::clone)
    }

    /// Lets nobody else ask Athena for as long as the watch is held, and forgets what was asked.
    pub(crate) fn watch(&self) -> Result<Watch<'_>, String> {
        let alone = self.alone.write().unwrap_or_else(PoisonError::into_inner);
        http::post(self.double.port, "/_double/calls/clear", &json!({}))?;
        let seen = http::get(self.double.port, "/_double/queries")?;
        Ok(Watch {
            world: self,
            before: seen.as_array().map_or(0, Vec::len),
            _alone: alone,
        })
    }
}

/// A time in which only one test asks Athena.
#[derive(Debug)]
pub(crate) struct Watch<'w> {
    world: &'w World,
    before: usize,
    _alone: RwLockWriteGuard<'w, ()>,
}

impl Watch<'_> {
    /// Sets delays of Athena; they end with the watch.
    pub(crate) fn slow(&self, queued_ms: u64, running_ms: u64) -> Result<(), String> {
        let settings = json!({ "queued_ms": queued_ms, "running_ms": running_ms });
        http::post(self.world.double.port, "/_double/settings", &settings)
    }

    /// Lets the next statement fail.
    pub(crate) fn fail_next(&self, how: &Value) -> Result<(), String> {
        http::post(self.world.double.port, "/_double/fail-next", how)
    }

    /// Returns the calls so far: names of operations.
    pub(crate) fn calls(&self) -> Result<Vec<String>, String> {
        let calls = http::get(self.world.double.port, "/_double/calls")?;
        let names = calls.as_array().into_iter().flatten();
        Ok(names
            .filter_map(|call| Some(call["operation"].as_str()?.to_owned()))
            .collect())
    }

    /// Counts calls of an operation.
    pub(crate) fn count(&self, operation: &str) -> Result<usize, String> {
        Ok(self
            .calls()?
            .iter()
            .filter(|call| *call == operation)
            .count())
    }

    /// Fails if a statement still runs a while after nobody waits for it.
    pub(crate) fn nothing_runs(&self, for_at_most: Duration) -> Result<(), String> {
        let ended = || {
            let statements = self.statements()?;
            let state = |statement: &Value| statement["state"].as_str().map(str::to_owned);
            Ok(statements
                .iter()
                .all(|of| !matches!(state(of).as_deref(), Some("QUEUED" | "RUNNING"))))
        };
        wait_until("every statement has ended", for_at_most, ended)
    }

    /// Fails unless the only statement was stopped, soon.
    pub(crate) fn was_stopped(&self) -> Result<(), String> {
        self.nothing_runs(Duration::from_secs(5))?;
        let states: Vec<Value> = self
            .statements()?
            .iter()
            .map(|statement| statement["state"].clone())
            .collect();
        if states != [json!("CANCELLED")] || self.count("StopQueryExecution")? == 0 {
            return Err(format!("{states:?} after {:?}", self.calls()?));
        }
        Ok(())
    }

    /// Fails unless so many statements were submitted.
    pub(crate) fn submitted(&self, expected: usize) -> Result<(), String> {
        match self.count("StartQueryExecution")? {
            count if count == expected => Ok(()),
            count => Err(format!("{count} statements were submitted, not {expected}")),
        }
    }

    /// Returns the statements that were handed in, run or refused.
    pub(crate) fn handed_in(&self) -> Result<Vec<String>, String> {
        let calls = http::get(self.world.double.port, "/_double/calls")?;
        let calls = calls.as_array().into_iter().flatten();
        let started = calls.filter(|call| call["operation"] == "StartQueryExecution");
        Ok(started
            .filter_map(|call| Some(call["body"]["QueryString"].as_str()?.to_owned()))
            .collect())
    }

    /// Returns the statements that were run.
    pub(crate) fn statements(&self) -> Result<Vec<Value>, String> {
        let all = http::get(self.world.double.port, "/_double/queries")?;
        let all = all.as_array().cloned().unwrap_or_default();
        Ok(all.into_iter().skip(self.before).collect())
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        drop(self.slow(0, 0));
    }
}

/// Returns the folder of these tests.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/aws")
}

/// Returns the demo's lake.
pub(crate) fn demo_lake() -> String {
    path_text(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/lake"))
}

pub(crate) fn path_text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Gives a command the credentials of the emulated AWS and nothing of the tester's own.
pub(crate) fn credentials(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("AWS_") || name.starts_with("CONFIG_HISTORY_") {
            command.env_remove(name);
        }
    }
    command
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/nonexistent")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
}

pub(crate) fn endpoint(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn moto(python: &Path) -> Result<Server, String> {
    let port = free_port()?;
    let program = python.with_file_name("moto_server");
    let mut command = Command::new(python);
    command
        .arg(program)
        .args(["-H", "127.0.0.1", "-p", &port.to_string()])
        .stdout(Stdio::null());
    let server = spawn(command, port)?;
    wait_for(port, "/moto-api/")?;
    Ok(server)
}

fn double(python: &Path, upstream: u16) -> Result<Server, String> {
    let mut command = Command::new(python);
    command
        .args(["-m", "athena_double", "--port", "0", "--upstream"])
        .arg(endpoint(upstream))
        .current_dir(folder())
        .env("PYTHONPATH", folder())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdout(Stdio::piped());
    let mut server = spawn(command, 0)?;
    let out = server
        .child
        .stdout
        .take()
        .ok_or("no output of the double")?;
    let mut line = String::new();
    BufReader::new(out)
        .read_line(&mut line)
        .map_err(|error| format!("the double: {error}"))?;
    let port = line
        .trim()
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok());
    server.port = port.ok_or_else(|| format!("the double said `{line}`"))?;
    Ok(server)
}

/// Starts microburst in front of the double; it passes on what no rule changes.
pub(crate) fn microburst(world: &World) -> Result<Server, String> {
    let port = free_port()?;
    let mut command = Command::new(world.python());
    command
        .arg(world.python().with_file_name("microburst"))
        .args(["--host", "127.0.0.1", "--upstream", &world.endpoint()])
        .args(["--port", &port.to_string()])
        .stdout(Stdio::null());
    let server = spawn(command, port)?;
    wait_for(port, "/_microburst/health")?;
    Ok(server)
}

fn spawn(mut command: Command, port: u16) -> Result<Server, String> {
    credentials(&mut command);
    let child = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn();
    let child = child.map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    Ok(Server { child, port })
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| error.to_string())?;
    Ok(listener
        .local_addr()
        .map_err(|error| error.to_string())?
        .port())
}

/// Waits until something is so; `what` says so.
pub(crate) fn wait_until(
    what: &str,
    for_at_most: Duration,
    is_so: impl Fn() -> Result<bool, String>,
) -> Result<(), String> {
    let until = Instant::now() + for_at_most;
    while !is_so()? {
        if Instant::now() >= until {
            return Err(format!("in vain was waited until {what}"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn wait_for(port: u16, path: &str) -> Result<(), String> {
    let until = Instant::now() + PATIENCE;
    loop {
        match http::request(port, "GET", path, "") {
            Ok(_) => return Ok(()),
            Err(error) if Instant::now() >= until => return Err(error),
            Err(_) => std::thread::sleep(Duration::from_millis(100)),
        }
    }
}
