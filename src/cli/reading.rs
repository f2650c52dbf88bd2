//! What reading a lake on Amazon S3 costs: told before it starts, and asked where it is much.

use std::{
    io::{self, IsTerminal as _, Write as _},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use serde::Deserialize;

use super::{args::LakeArgs, output::tell};
use crate::{
    config::env,
    domain::human_bytes,
    source::{ObjectSource as _, S3Source},
    store::{ReadGuard, Reading, StoreError, StoreErrorKind},
};

/// Files and bytes that are read without asking; the money is `--ask-above`.
const UNASKED: Reading = Reading {
    files: 100_000,
    bytes: 20_000_000_000,
};

/// The price list, parsed once.
static PRICES: LazyLock<Prices> =
    LazyLock::new(|| toml::from_str(include_str!("s3_prices.toml")).unwrap_or_default());

#[derive(Debug, Default, Deserialize)]
struct Prices {
    as_of: String,
    #[serde(rename = "source")]
    _source: String,
    get_nanos: u64,
    list_nanos: u64,
    transfer_gb_nanos: u64,
}

/// Who can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker {
    /// Whoever typed the command, if standard input is a terminal.
    Person,
    /// Nobody: the questions come from clients.
    Nobody,
}

/// Lets read what costs little, and asks before much is read.
#[derive(Debug)]
pub(super) struct S3Guard {
    lake: Arc<S3Source>,
    asker: Asker,
    /// Whether everything may be read.
    yes: AtomicBool,
    /// Billionths of a US dollar.
    unasked_nanos: u64,
    /// Read by this command so far.
    files: AtomicU64,
    bytes: AtomicU64,
}

/// What reading costs, in billionths of a US dollar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Estimate {
    requests: u64,
    transfer: u64,
}

impl Estimate {
    fn of(reading: Reading, listings: u64, is_within: bool) -> Self {
        let prices = &*PRICES;
        let gets = reading.files.saturating_mul(prices.get_nanos);
        let transfer = (u128::from(reading.bytes) * u128::from(prices.transfer_gb_nanos)) >> 30;
        Self {
            requests: gets.saturating_add(listings.saturating_mul(prices.list_nanos)),
            transfer: if is_within {
                0
            } else {
                u64::try_from(transfer).unwrap_or(u64::MAX)
            },
        }
    }

    fn nanos(self) -> u64 {
        self.requests.saturating_add(self.transfer)
    }
}

impl S3Guard {
    pub(super) fn new(lake: Arc<S3Source>, args: &LakeArgs, asker: Asker) -> Self {
        Self {
            lake,
            asker,
            yes: AtomicBool::new(args.yes),
            unasked_nanos: nanos_of(args.ask_above),
            files: AtomicU64::default(),
            bytes: AtomicU64::default(),
        }
    }

    /// Adds what is to be read to what a command has read already: many small readings are a large
    /// one. Questions of clients are each for themselves.
    fn with_earlier(&self, reading: Reading) -> Reading {
        if self.asker == Asker::Nobody {
            return reading;
        }
        let add = |sum: &AtomicU64, more: u64| {
            sum.fetch_add(more, Ordering::Relaxed).saturating_add(more)
        };
        Reading {
            files: add(&self.files, reading.files),
            bytes: add(&self.bytes, reading.bytes),
        }
    }

    fn words(&self, reading: Reading, estimate: Estimate) -> String {
        let region = self.lake.region();
        let region = region.as_deref().unwrap_or("the Region");
        // Less than shows is none.
        let transfer = if estimate.transfer < 1_000 {
            String::new()
        } else {
            format!(
                ", ${} for transfer, which is free for a machine in {region}",
                usd(estimate.transfer)
            )
        };
        format!(
            "{} delivered files, {}, from {}: about ${} (an estimate by prices of {}: ${} for \
             requests{transfer})",
            reading.files,
            human_bytes(reading.bytes),
            self.lake.location(),
            usd(estimate.nanos()),
            PRICES.as_of,
            usd(estimate.requests),
        )
    }

    fn is_much(&self, reading: Reading, estimate: Estimate) -> bool {
        estimate.nanos() > self.unasked_nanos
            || reading.files > UNASKED.files
            || reading.bytes > UNASKED.bytes
    }

    fn refusal(&self, words: &str) -> StoreError {
        let lake = self.lake.location();
        let how = match self.asker {
            Asker::Person => "pass --yes to read them".to_owned(),
            Asker::Nobody => format!(
                "the operator can fill the cache before, `config-history cache warm --lake {lake} \
                 --yes`, or start the server with --yes"
            ),
        };
        StoreError::new(
            StoreErrorKind::ScanLimit,
            format!("more has to be read than may be without asking: {words}; {how}"),
        )
    }
}

#[async_trait]
impl ReadGuard for S3Guard {
    async fn admit(&self, reading: Reading) -> Result<(), StoreError> {
        let is_within = region_of_this_machine().is_some_and(|own| Some(own) == self.lake.region());
        let whole = self.with_earlier(reading);
        let estimate = Estimate::of(whole, self.lake.listings(), is_within);
        let words = self.words(whole, estimate);
        if self.asker == Asker::Nobody {
            tracing::info!("reading {words}");
        } else {
            tell(&format!("s3: reading {words}"));
        }
        if self.yes.load(Ordering::Relaxed) || !self.is_much(whole, estimate) {
            return Ok(());
        }
        let can_be_asked =
            self.asker == Asker::Person && io::stdin().is_terminal() && io::stderr().is_terminal();
        if !can_be_asked {
            return Err(self.refusal(&words));
        }
        // Nobody waits for this thread when the command is given up.
        let answer = tokio::task::spawn_blocking(ask).await;
        if !answer.unwrap_or(false) {
            let text = "nothing was read: the answer was no";
            return Err(StoreError::new(StoreErrorKind::Cancelled, text));
        }
        self.yes.store(true, Ordering::Relaxed);
        Ok(())
    }
}

fn ask() -> bool {
    let mut err = io::stderr().lock();
    drop(write!(err, "Read them? [y/N] ").and_then(|()| err.flush()));
    let mut line = String::new();
    io::stdin().read_line(&mut line).is_ok() && is_yes(&line)
}

fn is_yes(line: &str) -> bool {
    matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// Returns the Region of AWS that this machine is known to be in.
fn region_of_this_machine() -> Option<String> {
    let by_aws = [env::AWS_EXECUTION_ENV, env::AWS_LAMBDA_RUNTIME_API];
    by_aws.iter().any(|name| env::is_set(name)).then_some(())?;
    env::read(env::AWS_OWN_REGION)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of dollars, 0 or more; what is too large is no limit"
)]
fn nanos_of(usd: f64) -> u64 {
    (usd * 1e9) as u64
}

/// Writes an amount with as many decimals as tell something.
fn usd(nanos: u64) -> String {
    let (dollars, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    if dollars > 0 || rest >= 10_000_000 {
        let cents = (rest + 5_000_000) / 10_000_000;
        return format!("{}.{:02}", dollars + cents / 100, cents % 100);
    }
    format!("0.{:06}", (rest + 500) / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::{AwsClients, AwsSettings};

    #[test]
    fn an_estimate_is_requests_and_transfer() {
        // 1,000 GETs and 1,000 LISTs, 1 GB of 2^30 bytes.
        let reading = Reading {
            files: 1_000,
            bytes: 1 << 30,
        };
        let paid = Estimate::of(reading, 1_000, false);
        assert_eq!(usd(paid.requests), "0.005400");
        assert_eq!(usd(paid.transfer), "0.09");
        assert_eq!(usd(paid.nanos()), "0.10");
        let within = Estimate::of(reading, 1_000, true);
        assert_eq!(within.transfer, 0);
        assert_eq!(within.nanos(), paid.requests);
    }

    #[test]
    fn the_price_list_is_whole() {
        let prices: Prices = toml::from_str(include_str!("s3_prices.toml")).unwrap();
        assert!(prices.as_of.starts_with("20"));
        assert_eq!((prices.get_nanos, prices.list_nanos), (400, 5_000));
    }

    #[test]
    fn amounts() {
        assert_eq!(usd(0), "0.000000");
        assert_eq!(usd(92_400), "0.000092");
        assert_eq!(usd(999_999_999), "1.00");
        assert_eq!(usd(1_234_000_000), "1.23");
        assert!(is_yes("Y\n") && is_yes("yes") && !is_yes("") && !is_yes("no"));
    }

    fn guard(asker: Asker, yes: bool) -> S3Guard {
        let clients = AwsClients::new(AwsSettings::default());
        let lake = S3Source::new("s3://b/org", clients, None).unwrap();
        let args = LakeArgs {
            requester_pays: false,
            yes,
            ask_above: 0.5,
        };
        S3Guard::new(Arc::new(lake), &args, asker)
    }

    #[tokio::test]
    async fn much_is_read_only_after_a_yes() {
        let little = Reading {
            files: 60_000,
            bytes: 1_000,
        };
        let many = Reading {
            files: 100_001,
            bytes: 1_000,
        };
        // 6 GB are more than half a dollar.
        let large = Reading {
            files: 1,
            bytes: 6_000_000_000,
        };
        for reading in [many, large] {
            let refused = guard(Asker::Nobody, false).admit(reading).await;
            let refused = refused.unwrap_err();
            assert_eq!(refused.kind(), StoreErrorKind::ScanLimit);
            let text = refused.to_string();
            assert!(
                text.contains("cache warm --lake s3://b/org --yes"),
                "{text}"
            );
            assert!(text.contains("estimate"), "{text}");
            guard(Asker::Nobody, true).admit(reading).await.unwrap();
        }
        let server = guard(Asker::Nobody, false);
        server.admit(little).await.unwrap();
        server.admit(little).await.unwrap();
        // Of one command two readings count together; nobody can be asked here.
        let command = guard(Asker::Person, false);
        if !io::stdin().is_terminal() {
            command.admit(little).await.unwrap();
            let refused = command.admit(little).await.unwrap_err().to_string();
            assert!(refused.contains("pass --yes"), "{refused}");
        }
    }
}
