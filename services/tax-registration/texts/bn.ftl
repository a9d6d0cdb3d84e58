service = কোম্পানির করদাতা নম্বর
service-description = কোম্পানিকে করদাতা হিসেবে তালিকাভুক্ত করা। নতুন কোম্পানির ক্ষেত্রে গঠনের সঙ্গে সঙ্গে এটি নিজে থেকেই শুরু হয়।

party-applicant = আবেদনকারী

step-known = করদাতার তালিকায় অনুসন্ধান
step-company = প্রতিষ্ঠানের তালিকায় অনুসন্ধান
step-assess = কর অফিসের মূল্যায়ন
    .register = তালিকাভুক্ত করুন
    .refuse = নামঞ্জুর করুন
step-enter = করদাতার তালিকায় লিপিবদ্ধকরণ

end-registered = তালিকাভুক্ত
end-known-already = আগেই তালিকাভুক্ত
end-refused = নামঞ্জুর

reason-no-such-company = এমন কোনো কোম্পানি নেই।
reason-not-active = কোম্পানিটি সচল নয়।

register-taxpayers = করদাতা

field-company = কোম্পানির নিবন্ধন নম্বর
field-business = ব্যবসা
    .trade = বাণিজ্য
    .manufacture = উৎপাদন
    .services = সেবা
    .agriculture = কৃষি
field-regime = কর পদ্ধতি
    .standard = সাধারণ
    .simplified = সরলীকৃত

remedy-appeal = আপিল
