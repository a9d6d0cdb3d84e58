service = Appeal in a matter of land
service-description = Against an order of a land office, and further up against what an instance decided. Nobody hears it who decided below.

party-applicant = Appellant
party-respondent = Other side
document-evidence = Evidence

field-grounds = Grounds of the appeal
field-answer = Answer

step-answer = Answer of the other side
step-hear = Decision on the appeal
    .set-aside = Set aside
    .remit = Send back for a new decision
    .dismiss = Dismiss

end-set-aside = Set aside
end-remitted = Sent back for a new decision
end-dismissed = Dismissed

reason-unfounded = The appeal is unfounded.
reason-out-of-place = The appeal does not concern what was decided.

remedy-appeal = Appeal to the next instance

notice-decided-for-appellant = In case { $reference } ({ $service }) the decision that was appealed against does not stand: { $outcome }. What you can do against this stands in the case.
    .subject = Appeal decided: { $reference }
notice-dismissed = In case { $reference } ({ $service }) the appeal was dismissed: the decision stands.
    .subject = Appeal dismissed: { $reference }
