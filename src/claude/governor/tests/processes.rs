//! Processes of their own that share a folder: this program, started again as a helper.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Instant,
};

use super::*;

/// Says in a folder that the helper is meant, and what it is to do: the helper is a test as any
/// other, and whoever runs all of them must not start it by mistake.
const ORDER: &str = "helper-order";

fn settings(folder: &Path, requests: u64) -> GovernorSettings {
    GovernorSettings {
        folder: Some(folder.to_owned()),
        requests_per_minute: Some(requests),
        longest_wait: Duration::ZERO,
        ..wide()
    }
}

fn order(folder: &Path, order: &str) {
    fs::write(folder.join(ORDER), order).unwrap();
}

fn helper(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture"])
        .arg(
            concat!(module_path!(), "::helper_process")
                .split_once("::")
                .unwrap()
                .1,
        )
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "started by the other tests of this file, in a folder of theirs"]
fn helper_process() {
    let folder = std::env::current_dir().unwrap();
    let Ok(order) = fs::read_to_string(folder.join(ORDER)) else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        match order.as_str() {
            "take what there is" => take(&folder).await,
            "go on until killed" => go_on(&folder).await,
            other => panic!("{other:?} is no order"),
        }
    });
}

async fn take(folder: &Path) {
    let governor = Governor::new(settings(folder, 60), "test");
    let mut taken = 0;
    // Goes on after a refusal: others may have given something back meanwhile, wrongly.
    for turn in 0..60 {
        if let Ok(reservation) = governor.reserve(&need(1, 1), &|_| ()).await {
            taken += 1;
            match turn % 3 {
                0 => governor.settle(reservation, Some(used(1, 1))).await,
                1 => governor.settle(reservation, None).await,
                _ => drop(reservation),
            }
        }
    }
    let name = format!("taken-{}", std::process::id());
    fs::write(folder.join(name), taken.to_string()).unwrap();
}

async fn go_on(folder: &Path) {
    let governor = Governor::new(settings(folder, 1_000_000), "test");
    let began = Instant::now();
    let mut turn = 0;
    // Not for ever: whoever should kill it may have been killed.
    while began.elapsed() < Duration::from_mins(1) {
        let reservation = governor.reserve(&need(1, 1), &|_| ()).await.unwrap();
        governor.settle(reservation, Some(used(1, 1))).await;
        if turn == 20 {
            fs::write(folder.join("running"), "").unwrap();
        }
        turn += 1;
    }
}

#[test]
fn processes_together_do_not_exceed_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    order(folder.path(), "take what there is");
    let began = Instant::now();
    let helpers: Vec<Child> = (0..4).map(|_| helper(folder.path())).collect();
    for mut helper in helpers {
        assert!(helper.wait().unwrap().success());
    }
    assert!(
        began.elapsed() < Duration::from_mins(1),
        "too slow to tell anything"
    );
    let files = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap());
    let taken: Vec<u64> = files
        .filter(|file| file.file_name().to_string_lossy().starts_with("taken-"))
        .map(|file| fs::read_to_string(file.path()).unwrap().parse().unwrap())
        .collect();
    assert_eq!(taken.len(), 4, "a helper did nothing");
    assert_eq!(taken.iter().sum::<u64>(), 60, "{taken:?}");
}

#[test]
fn a_process_that_is_killed_leaves_a_state_that_can_be_used() {
    let folder = tempfile::tempdir().unwrap();
    order(folder.path(), "go on until killed");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut booked = 0;
    for round in 0..8_u64 {
        let mut helper = helper(folder.path());
        let running = folder.path().join("running");
        let began = Instant::now();
        while !running.try_exists().unwrap() {
            assert!(
                began.elapsed() < Duration::from_secs(30),
                "the helper does not run"
            );
            thread::sleep(Duration::from_millis(5));
        }
        // At another place of its round each time.
        thread::sleep(Duration::from_micros(round * 370));
        helper.kill().unwrap();
        helper.wait().unwrap();
        fs::remove_file(running).unwrap();

        let governor = Governor::new(settings(folder.path(), 1_000_000), "test");
        let reservation = runtime
            .block_on(governor.reserve(&need(1, 1), &|_| ()))
            .unwrap();
        runtime.block_on(governor.settle(reservation, Some(used(1, 1))));
        // Nothing of what was booked is lost: a file that was cut would begin anew.
        let spent = governor.store.seen().spent_today().tokens;
        assert!(spent >= booked + 40, "{spent} after {booked}");
        booked = spent;
        let open = governor.store.seen().open.len() as u64;
        assert!(
            open <= round + 1,
            "{open} turns are open after {round} deaths"
        );
    }
}
