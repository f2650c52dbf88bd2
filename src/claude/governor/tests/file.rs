//! The file that processes share.

use std::{fs, path::PathBuf};

use super::*;

fn shared(folder: &tempfile::TempDir, requests: u64) -> GovernorSettings {
    GovernorSettings {
        folder: Some(folder.path().join("shared")),
        requests_per_minute: Some(requests),
        longest_wait: Duration::ZERO,
        ..wide()
    }
}

fn state_file(settings: &GovernorSettings) -> PathBuf {
    let folder = settings.folder.as_ref().unwrap();
    let mut files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let state = files.find(|path| path.extension().is_some_and(|end| end == "json"));
    state.expect("a state file")
}

/// Returns how many turns there are at once.
async fn turns(governor: &Governor) -> u64 {
    let mut turns = 0;
    while let Ok(turn) = governor.reserve(&need(1, 1), &|_| ()).await {
        governor.settle(turn, Some(used(1, 1))).await;
        turns += 1;
        assert!(turns < 1_000, "no limit");
    }
    turns
}

#[tokio::test]
async fn two_governors_of_an_account_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let settings = shared(&folder, 10);
    let one = Governor::new(settings.clone(), "anthropic/a/model");
    let two = Governor::new(settings.clone(), "anthropic/a/model");
    let other = Governor::new(settings.clone(), "anthropic/b/model");
    for _ in 0..4 {
        let turn = one.reserve(&need(1, 1), &|_| ()).await.unwrap();
        one.settle(turn, Some(used(1, 1))).await;
    }
    assert_eq!(turns(&two).await, 6);
    assert_eq!(turns(&one).await, 0);
    assert_eq!(turns(&other).await, 10);
    // What one learns, another knows before its first call.
    let used = Used {
        estimated_input: 10,
        ..used(20, 1)
    };
    let late = Governor::new(settings.clone(), "anthropic/c/model");
    let turn = late.reserve(&need(1, 1), &|_| ()).await.unwrap();
    late.settle(turn, Some(used)).await;
    let later = Governor::new(settings, "anthropic/c/model");
    assert!((later.correction() - 2.0).abs() < 1e-9);
}

#[tokio::test]
async fn many_threads_do_not_exceed_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let settings = shared(&folder, 40);
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let settings = settings.clone();
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .build()
                    .unwrap();
                runtime.block_on(turns(&Governor::new(settings, "test")))
            })
        })
        .collect();
    let total: u64 = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .sum();
    assert_eq!(total, 40);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_begins_anew_half_used() {
    let folder = tempfile::tempdir().unwrap();
    let settings = GovernorSettings {
        tokens_per_day: Some(1_000),
        ..shared(&folder, 10)
    };
    let write = |text: &[u8]| fs::write(state_file(&settings), text).unwrap();
    turns(&Governor::new(settings.clone(), "test")).await;
    let good = fs::read(state_file(&settings)).unwrap();
    let good = String::from_utf8(good).unwrap();
    let damaged: [Vec<u8>; 6] = [
        Vec::new(),
        b"\0\0\0\0".to_vec(),
        good.as_bytes()[..good.len() / 2].to_vec(),
        good.replace("\"version\":1", "\"version\":2").into_bytes(),
        good.replace("\"account\":\"test\"", "\"account\":\"other\"")
            .into_bytes(),
        vec![b' '; 5 << 20],
    ];
    for text in damaged {
        write(&text);
        let governor = Governor::new(settings.clone(), "test");
        // Half of a day is taken to be spent.
        let error = governor.reserve(&need(501, 0), &|_| ()).await.unwrap_err();
        assert_eq!(error.kind(), ClaudeErrorKind::DailyCap);
        // What was set counts this machine's own requests, of which none is known.
        assert_eq!(turns(&governor).await, 10);
        assert!(State::read(&fs::read(state_file(&settings)).unwrap(), "test").is_some());
    }
    write(good.as_bytes());
    assert_eq!(turns(&Governor::new(settings.clone(), "test")).await, 0);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_leaves_the_process_alone() {
    let folder = tempfile::tempdir().unwrap();
    let settings = shared(&folder, 10);
    // A file stands where the folder should be: this holds for root as well.
    fs::write(folder.path().join("shared"), "").unwrap();
    let governor = Governor::new(settings, "test");
    assert_eq!(turns(&governor).await, 10);
    assert_eq!(turns(&governor.clone()).await, 0);
}

#[tokio::test]
async fn a_state_that_cannot_be_replaced_leaves_the_process_alone() {
    let folder = tempfile::tempdir().unwrap();
    let settings = shared(&folder, 10);
    let governor = Governor::new(settings.clone(), "test");
    let turn = governor.reserve(&need(1, 1), &|_| ()).await.unwrap();
    let state = state_file(&settings);
    fs::create_dir(state.with_extension("next")).unwrap();
    governor.settle(turn, Some(used(1, 1))).await;
    // What was known goes on to count.
    assert_eq!(turns(&governor).await, 9);
}

#[tokio::test]
async fn a_lock_that_is_never_given_back_does_not_hang_a_caller() {
    let folder = tempfile::tempdir().unwrap();
    let settings = shared(&folder, 10);
    let governor = Governor::new(settings.clone(), "test");
    let turn = governor.reserve(&need(1, 1), &|_| ()).await.unwrap();
    let lock = fs::File::open(state_file(&settings).with_extension("lock")).unwrap();
    lock.lock().unwrap();
    let began = std::time::Instant::now();
    drop(turn);
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "a drop must not wait"
    );
    governor.reserve(&need(1, 1), &|_| ()).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(20));
    drop(lock);
    // The turn that could not be given back is still known.
    assert_eq!(turns(&governor).await, 9);
}
