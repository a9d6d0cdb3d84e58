service = Review of an order on land
service-description = The land office that made an order looks at it again: another officer, who hears both sides.

party-applicant = Applicant for the review
party-respondent = Other side
document-evidence = Evidence

field-grounds = Grounds for the review
field-answer = Answer

step-answer = Answer of the other side
step-decide = Decision on the review
    .vary = Change the order
    .uphold = Uphold the order

end-varied = Order changed
end-upheld = Order upheld

reason-unfounded = The grounds do not bear it out.
reason-nothing-new = Nothing new was brought forward.

notice-decided-for-appellant = In case { $reference } ({ $service }) the order was changed on review: { $outcome }.
    .subject = Review decided: { $reference }
notice-dismissed = In case { $reference } ({ $service }) the order was upheld on review.
    .subject = Review decided: { $reference }
