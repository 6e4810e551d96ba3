//! What a test needs of the machine. Without it the test is skipped, unless the environment says that it must be there.

/// Whether a test can run. Prints why not, and fails where the environment variable `required` is `1`.
pub(crate) fn is_met<T>(required: &str, found: Result<T, impl std::fmt::Display>) -> bool {
    let is_required = std::env::var_os(required).is_some_and(|value| value == "1");
    match judge(is_required, found) {
        Judgement::Met => true,
        Judgement::Skip(why) => {
            eprintln!("skipped: {why}");
            false
        }
        Judgement::Fail(why) => panic!("{required}=1, but: {why}"),
    }
}

#[derive(Debug, PartialEq)]
enum Judgement {
    Met,
    Skip(String),
    Fail(String),
}

fn judge<T>(is_required: bool, found: Result<T, impl std::fmt::Display>) -> Judgement {
    match found {
        Ok(_) => Judgement::Met,
        Err(why) if is_required => Judgement::Fail(why.to_string()),
        Err(why) => Judgement::Skip(why.to_string()),
    }
}

/// What is missing skips a test, and fails it where it is required.
#[test]
fn a_requirement_that_is_not_met_fails_only_where_it_is_required() {
    assert_eq!(judge(true, Ok::<(), &str>(())), Judgement::Met);
    assert_eq!(judge(false, Err::<(), &str>("no driver")), Judgement::Skip("no driver".into()));
    assert_eq!(judge(true, Err::<(), &str>("no driver")), Judgement::Fail("no driver".into()));
}
