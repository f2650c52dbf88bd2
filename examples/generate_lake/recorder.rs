//! The recorders: each plays its Region's story, and those of the account's IAM resources where it
//! reports them, and delivers both.

use super::deliver::Delivery;
use super::kind::{GLOBAL, Kind, REGIONAL};
use super::options::Options;
use super::place::{Place, account, region};
use super::random::{Random, hash};
use super::report::Report;
use super::story::Story;
use super::time::{HOUR, MINUTE, Millis, SECOND, bustle};

/// Recorders deliver every six hours.
const WINDOW: Millis = 6 * HOUR;
/// Items that a resource has on average.
const ITEMS_OF_A_RESOURCE: u64 = 30;
/// Of a hundred items of an account so many are of IAM.
const GLOBAL_SHARE: u64 = 6;

/// What a recorder has to deliver.
#[derive(Debug)]
pub(crate) struct Plan {
    account: u32,
    region: u32,
    /// Items of the Region's resources.
    pub(crate) items: u64,
    /// Items of the account's resources of IAM.
    pub(crate) global_items: u64,
    snapshot_items: u64,
    damaged: u64,
}

/// The plans of all recorders, which together make what was asked for.
pub(crate) fn plans(options: &Options) -> Vec<Plan> {
    let reporting = options.global_recorders.min(options.regions);
    let recorders: Vec<(u32, u32)> = (0..options.accounts)
        .flat_map(|account| (0..options.regions).map(move |region| (account, region)))
        .collect();
    // The first account and the first Region are the busiest.
    let weight = |(account, region): (u32, u32)| 1_000_000 / u64::from(5 + account + region * 2);
    let sum: u64 = recorders.iter().map(|recorder| weight(*recorder)).sum();
    let global = options.items * GLOBAL_SHARE / 100;
    let global_each = global / u64::from(options.accounts * reporting);
    let regional = options.items - global_each * u64::from(options.accounts * reporting);
    let mut plans = Vec::new();
    let mut before = 0;
    for (account, region) in recorders {
        let after = before + weight((account, region));
        let part = |whole: u64| whole * after / sum - whole * before / sum;
        plans.push(Plan {
            account,
            region,
            items: part(regional),
            global_items: if region < reporting { global_each } else { 0 },
            snapshot_items: part(options.snapshot_items()),
            damaged: part(options.damaged),
        });
        before = after;
    }
    plans
}

/// Plays a recorder's story from the first to the last month.
pub(crate) fn play(plan: &Plan, options: &Options) -> Result<Report, String> {
    let (start, end) = options.bounds()?;
    let own_seed = hash(&[options.seed, plan.account.into(), plan.region.into(), 10]);
    // IAM has one story for the account, which several recorders tell, each a little later.
    let account_seed = hash(&[options.seed, plan.account.into(), 11]);
    let mut story = regional_story(plan, options, own_seed, start);
    let mut global =
        (plan.global_items > 0).then(|| global_story(plan, options, account_seed, start));
    let account = account(options.seed, plan.account);
    let mut delivery = Delivery::new(&options.out, &account, region(plan.region), own_seed);
    let windows = windows(start, end, account_seed);
    let mut dealer = Dealer::new(&windows, plan);
    for window in &windows {
        let quota = dealer.next(window);
        let mut items = story.window(window.from, window.to, quota.items);
        if let Some(global) = &mut global {
            items.extend(global.window(window.from, window.to, quota.global_items));
        }
        delivery.history(items, window.end, quota.damaged)?;
        let living = story.count_living() + global.as_ref().map_or(0, Story::count_living);
        if dealer.is_snapshot_due(living) {
            let texts = story.living().chain(global.iter().flat_map(Story::living));
            delivery.snapshot(texts, window.end)?;
        }
    }
    delivery.rest(end)?;
    let mut report = delivery.report;
    report.example = story.example();
    Ok(report)
}

/// What happens in the recorder's Region. The first recorder's is shown as an example.
fn regional_story(plan: &Plan, options: &Options, seed: u64, start: Millis) -> Story {
    let place = Place::new(options.seed, plan.account, plan.region, seed);
    let population = population(plan.items).max(40);
    let mut story = Story::new(place, REGIONAL, population, (start, 0), options.item_bytes);
    if (plan.account, plan.region) == (0, 0) {
        story.show(Kind::Group);
    }
    story
}

/// What happens to the account's resources of IAM, as late as this recorder sees it.
fn global_story(plan: &Plan, options: &Options, seed: u64, start: Millis) -> Story {
    let place = Place::new(options.seed, plan.account, 0, seed);
    let lag = i64::from(plan.region) * (7 * SECOND + 311);
    let population = population(plan.global_items).max(10);
    Story::new(place, GLOBAL, population, (start, lag), options.item_bytes)
}

fn population(items: u64) -> u32 {
    u32::try_from(items / ITEMS_OF_A_RESOURCE).unwrap_or(u32::MAX)
}

/// The time between two deliveries, as far as it lies in the history.
#[derive(Debug)]
struct Window {
    from: Millis,
    to: Millis,
    /// When the recorder's window ends, be it after the history.
    end: Millis,
    /// How much happens in it.
    weight: u64,
}

fn windows(start: Millis, end: Millis, seed: u64) -> Vec<Window> {
    let mut random = Random::new(hash(&[seed, 5]));
    let offset = random.between(10 * MINUTE, WINDOW);
    let mut windows = Vec::new();
    let mut closes = start + offset;
    while closes - WINDOW < end {
        let (from, to) = ((closes - WINDOW).max(start), closes.min(end));
        let noise = f64::from(u32::try_from(random.between(700, 1_300)).unwrap_or(1_000));
        let length = f64::from(i32::try_from(to - from).unwrap_or(0)) / 1_000_000.0;
        let weight = bustle(from + (to - from) / 2) * noise * length;
        windows.push(Window {
            from,
            to,
            end: closes,
            weight: format!("{weight:.0}").parse().unwrap_or(0),
        });
        closes += WINDOW;
    }
    windows
}

/// Deals out what a plan holds over the windows.
#[derive(Debug)]
struct Dealer<'a> {
    plan: &'a Plan,
    sum: u64,
    done: u64,
    windows: u64,
    passed: u64,
    snapshot_items: u64,
}

/// What is due in a window.
#[derive(Debug)]
struct Quota {
    items: u64,
    global_items: u64,
    damaged: u64,
}

impl<'a> Dealer<'a> {
    fn new(windows: &[Window], plan: &'a Plan) -> Self {
        Self {
            plan,
            sum: windows
                .iter()
                .map(|window| window.weight)
                .sum::<u64>()
                .max(1),
            done: 0,
            windows: u64::try_from(windows.len()).unwrap_or(1),
            passed: 0,
            snapshot_items: 0,
        }
    }

    fn next(&mut self, window: &Window) -> Quota {
        let before = self.done;
        self.done += window.weight;
        self.passed += 1;
        let part = |whole: u64| whole * self.done / self.sum - whole * before / self.sum;
        Quota {
            items: part(self.plan.items),
            global_items: part(self.plan.global_items),
            damaged: part(self.plan.damaged),
        }
    }

    /// Snapshots are whole, the first early and the others evenly after it.
    fn is_snapshot_due(&mut self, living: u64) -> bool {
        let due = self.plan.snapshot_items * self.passed / self.windows;
        let is_first = self.snapshot_items == 0 && self.plan.snapshot_items > 0;
        let is_due = is_first || due >= self.snapshot_items + living / 2;
        if is_due {
            self.snapshot_items += living;
        }
        is_due
    }
}
