//! Tasks that are done at an appointment: which slots there are, who makes one, and what is not done before it.

use guichet::engine::definition::{Country, Mode, compile};
use guichet::engine::workflow::{Command, Refusal, TokenId, Worker, effects, meeting, slots};
use jiff::Timestamp;

use super::bench::{at, begun, bench_files, does, kit};
use super::laws;
use super::play::{CITIZEN, World, doer, officer};

const STORY: &str = "
start: {by: [person], first: talk, needs: []}
steps:
  talk:
    task: {role: clerk, meeting: {slots: talk, with: [applicant], notice: 3 days, booked_by: [applicant]}}
    outcomes: {held: order, adjourned: talk}
  order: {task: {role: chief}, outcomes: {approve: {go: granted, decision: favourable}, again: talk}}
";

fn book(world: &mut World<'_>, token: TokenId, when: &str, by: Worker) -> Result<(), Refusal> {
    world.send(Command::Book { token, at: at(when), mode: Mode::Online, by })
}

fn citizen(roles: &[&str]) -> Worker {
    Worker { doer: doer(CITIZEN), roles: roles.iter().map(|r| (*r).to_owned()).collect() }
}

/// The case begins on Monday 3 August; Friday and Saturday are no working days.
#[test]
fn slots_are_those_of_working_days_behind_the_notice() {
    let kit = kit(STORY);
    let world = begun(&kit);
    let token = &world.case.flow.tokens[&0];
    // Three days after Monday end with Thursday.
    assert_eq!(token.earliest, Some(at("2026-08-07T00:00")));
    let all = slots(world.def, token, meeting(world.def, "talk").expect("a meeting"), world.now);
    let begins: Vec<Timestamp> = all.iter().map(|(from, _)| *from).collect();
    let day = |day: u32| ["10:00", "10:30", "11:00", "11:30"].map(|time| at(&format!("2026-08-{day:02}T{time}")));
    assert_eq!(begins[..8], [day(9), day(10)].concat(), "Sunday and Monday");
    assert!(all.iter().all(|(from, until)| until.duration_since(*from).as_secs() == 1_800));
    // Twenty days ahead, counted from the first that there can be.
    let last = *begins.last().expect("a slot");
    assert!(last < at("2026-08-28T00:00") && last > at("2026-08-26T00:00"), "{begins:?}");
}

#[test]
fn it_is_not_done_before_its_appointment() {
    let kit = kit(STORY);
    let mut world = begun(&kit);
    let clerk = officer(&kit.def, 0);
    world.send(Command::Claim { token: 0, by: clerk.clone(), untied: false }).expect("claimed");
    let complete = |world: &mut World<'_>| {
        let completion = Box::new(world.completion("talk", 0, 0));
        world.send(Command::Complete { token: 0, by: officer(world.def, 0), completion })
    };
    assert_eq!(complete(&mut world), Err(Refusal::NotBooked), "nobody met");
    assert_eq!(book(&mut world, 0, "2026-08-06T10:00", clerk.clone()), Err(Refusal::TooEarly), "within the notice");
    assert_eq!(book(&mut world, 0, "2026-08-09T10:10", clerk.clone()), Err(Refusal::NoSuchSlot));
    assert_eq!(book(&mut world, 0, "2026-08-08T10:00", clerk), Err(Refusal::NoSuchSlot), "a Saturday");
    assert_eq!(book(&mut world, 0, "2026-08-09T10:30", citizen(&[])), Err(Refusal::WrongRole));
    book(&mut world, 0, "2026-08-09T10:30", citizen(&["applicant"])).expect("a party that may choose");
    let told: Vec<_> = world.log().iter().flat_map(effects).map(|e| format!("{e:?}")).collect();
    assert!(told.iter().any(|e| e.contains("appointment") && e.contains("applicant")), "{told:?}");
    assert_eq!(complete(&mut world), Err(Refusal::TooEarly));
    world.now = at("2026-08-09T10:30");
    complete(&mut world).expect("it has begun");
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn it_is_made_anew_cancelled_and_adjourned() {
    let kit = kit(STORY);
    let mut world = begun(&kit);
    let clerk = officer(&kit.def, 0);
    book(&mut world, 0, "2026-08-09T10:30", clerk.clone()).expect("booked");
    book(&mut world, 0, "2026-08-10T11:00", clerk.clone()).expect("booked anew");
    assert_eq!(world.case.flow.tokens[&0].booked.map(|b| b.at), Some(at("2026-08-10T11:00")));
    world.send(Command::Unbook { token: 0, by: clerk.clone() }).expect("cancelled");
    assert_eq!(world.case.flow.tokens[&0].booked, None);
    let seen = world.log().len();
    world.send(Command::Unbook { token: 0, by: clerk.clone() }).expect("known already");
    assert_eq!(world.log().len(), seen);
    book(&mut world, 0, "2026-08-10T11:00", clerk).expect("booked");
    world.now = at("2026-08-10T11:05");
    does(&mut world, "talk", "adjourned", 0).expect("adjourned");
    let again = &world.case.flow.tokens[&1];
    assert_eq!((again.booked, again.earliest), (None, Some(at("2026-08-14T00:00"))), "the next, in time again");
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn what_is_written_wrongly_is_found() {
    let wrong = |from: &str, to: &str| {
        let files = bench_files(&STORY.replace(from, to));
        let country = Country::read(&files).expect("a country");
        let found = compile("bench", &files, &country).err().unwrap_or_default();
        found.iter().map(|f| f.sentence.clone()).collect::<Vec<_>>().join("; ")
    };
    assert!(wrong("slots: talk", "slots: walk").contains("no pool `walk`"));
    assert!(wrong("with: [applicant]", "with: [neighbour]").contains("no party `neighbour`"));
}
