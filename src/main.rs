fn main() {
    let files = guichet::catalogue::folder::read(std::path::Path::new("services")).unwrap();
    let country = match guichet::engine::definition::Country::read(&files) { Ok(c) => c, Err(f) => { for f in f { println!("{f}"); } return; } };
    for s in guichet::engine::check::services(&files) {
        match guichet::engine::check::check(&s, &files, &country) {
            Ok(c) => println!("{s}: ok, {} scenarios", c.scenarios),
            Err(f) => for f in f { println!("{f}"); }
        }
    }
}
