service = বাসিন্দা সনদ
service-description = কোনো ব্যক্তি কোথায় এবং কবে থেকে বাস করেন তার সনদ।

party-applicant = আবেদনকারী

step-look = বাসিন্দা রেজিস্টার যাচাই
step-check = করণিকের যাচাই
    .confirm = নিশ্চিত করুন
    .refuse = নামঞ্জুর করুন
step-issue = সনদ প্রদান

end-issued = সনদ প্রদান করা হয়েছে
end-refused = নামঞ্জুর

reason-not-resident = ব্যক্তিটি এই পৌরসভার বাসিন্দা নন।

certificate-residence = বাসিন্দা সনদ
certificate-residence-intro = স্থানীয় সরকার আইন ২০০৯-এর ১২ ধারা অনুযায়ী পৌরসভা প্রত্যয়ন করছে যে এখানে উল্লেখিত ব্যক্তি এই পৌরসভার বাসিন্দা।
certificate-name = নাম
certificate-address = ঠিকানা
certificate-since = যে তারিখ থেকে বাসিন্দা
certificate-case = আবেদন নম্বর
certificate-office = অফিস
certificate-issued = প্রদানের তারিখ
certificate-code = কোড
certificate-verify = এই সনদটি খাঁটি ও বহাল কি না তা দেখতে কোডটি স্ক্যান করুন অথবা ঠিকানাটি খুলুন। স্বাক্ষর ছাড়াই এটি বৈধ।

remedy-objection = আপত্তি
