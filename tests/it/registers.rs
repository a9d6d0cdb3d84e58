//! What a register lets anybody read, and what no two of its records have the same.

use futures_util::future::join_all;
use guichet::kernel::clock::machine_now;
use serde_json::{Value, json};

use crate::support::definitions::{copy, replace};
use crate::support::founding::{Founding, form};
use crate::support::{TestApp, empty_database_url};

const REGISTER: &str = "business-registration/registers/companies.yaml";

const PUBLIC: &str = "public: [name, business, registered_on]\n";

/// Companies of which no two do the same business with the same capital.
async fn with(name: &str, rule: &str) -> (TestApp, std::path::PathBuf) {
    let folder = copy(name);
    replace(&folder.join(REGISTER), PUBLIC, &format!("{PUBLIC}{rule}\n"));
    replace(&folder.join("business-registration/service.yaml"), "for: [form.name]", "for: [form]");
    std::fs::remove_dir_all(folder.join("business-registration/scenarios")).expect("they are of what is shipped");
    let services = folder.to_str().expect("a path").to_owned();
    let app = TestApp::on(empty_database_url(), &[("GUICHET_SERVICES", &services)], machine_now()).await;
    (app, folder)
}

async fn to_decide<'a>(app: &'a TestApp, name: &str, business: &str) -> Founding<'a> {
    let case = Founding::paid(app, &[("name", json!(name)), ("business", json!(business))]).await;
    for (officer, outcome) in [("yasmin", "no_objection"), ("nila", "no_objection"), ("laila", "complete")] {
        case.act(officer, &json!({"outcome": outcome})).await.expect(200);
    }
    case
}

#[actix_web::test]
async fn of_two_records_with_what_only_one_may_have_one_is_written() {
    let (app, folder) = with("unique", "unique: [name, [capital, business]]").await;
    let cases = [
        to_decide(&app, "Padma Boats", "manufacture").await,
        to_decide(&app, "Meghna Boats", "manufacture").await,
        to_decide(&app, "Jamuna Boats", "trade").await,
    ];
    let register = json!({"outcome": "register"});
    // At the same moment.
    for answer in join_all(cases.iter().map(|case| case.act("ayesha", &register))).await {
        assert_eq!(answer.status, 200, "whoever comes second is led on: {}", answer.json);
    }
    let mut open = Vec::new();
    for case in &cases {
        open.push(case.open().await.concat());
    }
    assert_eq!(open.iter().filter(|step| *step == "another_name").count(), 1, "{open:?}");
    assert_eq!(open[2], "", "another business with that capital is another thing");
    assert_eq!(app.count("SELECT count(*) FROM register_records WHERE register = 'companies'").await, 2);
    assert_eq!(app.count("SELECT count(*) FROM register_records WHERE register = 'company_names'").await, 2);
    // Elsewhere it is not the same.
    let late = cases.iter().zip(&open).find(|(_, step)| *step == "another_name").expect("one").0;
    let mut elsewhere = form("Teesta Boats");
    elsewhere["capital"] = json!(2_000_000);
    late.answer("another_name", &json!({"form": elsewhere})).await.expect(200);
    for founder in ["rahim", "salma"] {
        late.sign(founder).await.expect(200);
    }
    assert_eq!(late.end().await, "registered");
    std::fs::remove_dir_all(folder).expect("removed");
}

#[actix_web::test]
async fn anybody_reads_what_is_public_and_nothing_else() {
    let app = TestApp::new().await;
    let look = async |path: &str| app.request("GET", &format!("/v1/registers/{path}")).send().await;
    let found = look("organisations/records/C-100201").await.expect(200);
    let view = &found.json;
    assert_eq!(
        view["record"],
        json!({"name": "Sunrise Traders Ltd", "status": "active", "registered_on": "2019-04-07"}),
        "not its address"
    );
    assert_eq!((view["key"].as_str(), view["version"].as_i64()), (Some("C-100201"), Some(1)));
    assert_eq!(view["authority"]["id"], "municipality");
    let entry = "SELECT count(*) FROM audit_entries WHERE action = 'register.look' AND purpose = 'public'";
    assert_eq!(app.count(entry).await, 1);
    for path in
        ["organisations/records/C-1", "residents/records/C-100201", "nothing/records/C-1", "organisations/records/%00"]
    {
        let answer = look(path).await.expect(404);
        assert_eq!(answer.json["code"], Value::from("not_found"), "{path}");
    }
}

#[test]
fn a_field_that_no_record_has_is_found() {
    let found = |rule: &str| {
        let mut files = guichet::catalogue::folder::read(&crate::support::services()).expect("the services");
        let register = files.get_mut(REGISTER).expect("the register");
        *register = register.replacen(PUBLIC, &format!("{rule}\n"), 1);
        let country = guichet::engine::definition::Country::read(&files).expect("a country");
        let found = guichet::engine::definition::compile("business-registration", &files, &country);
        found.err().into_iter().flatten().map(|f| f.sentence).collect::<Vec<_>>()
    };
    assert_eq!(found("unique: [name]\npublic: [name]"), Vec::<String>::new());
    assert_eq!(found("unique: [[name, colour]]"), ["a record has no field `colour`"]);
    assert_eq!(found("unique: [founders]"), ["`founders` is a list or an object: a single value is unique"]);
    assert_eq!(found("public: [colour]"), ["a record has no field `colour`"]);
}
