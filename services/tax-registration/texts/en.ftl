service = Taxpayer's number of a company
service-description = Enters a company as a taxpayer. For a new company this begins by itself when it is founded.

party-applicant = Applicant

step-known = Look-up among the taxpayers
step-company = Look-up among the organisations
step-assess = Assessment by the tax office
    .register = Register
    .refuse = Refuse
step-enter = Entry among the taxpayers

end-registered = Registered
end-known-already = Registered before
end-refused = Refused

reason-no-such-company = There is no such company.
reason-not-active = The company is not active.

register-taxpayers = Taxpayers

field-company = Registration number of the company
field-business = Business
    .trade = Trade
    .manufacture = Manufacture
    .services = Services
    .agriculture = Agriculture
field-regime = Regime
    .standard = Standard
    .simplified = Simplified

remedy-appeal = Appeal
