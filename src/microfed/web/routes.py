"""The doors for people with a browser."""

from starlette.routing import Route

from microfed import statics
from microfed.web import (
    choices,
    deeds,
    editing,
    feeds,
    finding,
    front,
    home,
    installing,
    kept,
    meeting,
    people,
    planned,
    posts,
    reporting,
    setup,
    tags,
    writing,
)
from microfed.web.desk import routes as desk
from microfed.web.settings import routes as settings

routes = [
    Route("/", front.front_page),
    Route("/latest", front.latest_page),
    Route("/around", front.around_page),
    Route("/about", front.about_page),
    Route("/setup", setup.setup_page, methods=["GET"]),
    Route("/setup", setup.set_up, methods=["POST"]),
    Route("/home", home.home_page),
    Route("/write", writing.write_page, methods=["GET"]),
    Route("/write", writing.write, methods=["POST"]),
    Route("/share", writing.write_page),
    Route("/search", finding.search_page),
    Route("/authorize_interaction", finding.come_from_elsewhere),
    Route("/from-elsewhere", finding.go_home_first, methods=["POST"]),
    Route("/planned", planned.planned_page),
    Route("/planned/{id}", planned.do_with_planned, methods=["POST"]),
    Route("/posts/{id}", posts.any_post_page, methods=["GET"]),
    Route("/posts/{id}", deeds.do_with_post, methods=["POST"]),
    Route("/posts/{id}/delete", deeds.take_back_page),
    Route("/posts/{id}/edit", editing.edit_page, methods=["GET"]),
    Route("/posts/{id}/edit", editing.edit, methods=["POST"]),
    Route("/posts/{id}/history", editing.history_page),
    Route("/posts/{id}/vote", deeds.choose_answers, methods=["POST"]),
    Route("/people/{id}", people.person_page, methods=["GET"]),
    Route("/people/{id}", meeting.do_with_person, methods=["POST"]),
    Route("/people/{id}/silence", meeting.silence_page),
    Route("/people/{id}/report", reporting.report_page, methods=["GET"]),
    Route("/people/{id}/report", reporting.make_report, methods=["POST"]),
    Route("/requests", meeting.requests_page),
    Route("/silenced", meeting.silenced_page, methods=["GET"]),
    Route("/silenced", meeting.hear_again, methods=["POST"]),
    Route("/mine", kept.mine_page),
    Route("/kept", kept.kept_page),
    Route("/thanked", kept.thanked_page),
    Route("/choices", choices.choose, methods=["POST"]),
    Route("/tags", tags.followed_page),
    Route("/tags/{name}.atom", feeds.feed_of_tag),
    Route("/tags/{name}", tags.tag_page, methods=["GET"]),
    Route("/tags/{name}", tags.do_with_tag, methods=["POST"]),
    *settings.routes,
    *desk.routes,
    Route("/manifest.webmanifest", installing.manifest),
    Route("/accent/{colour}.css", installing.accent),
    Route("/static/{hash}/{name}", statics.static_file),
    Route("/@{name}.atom", feeds.feed_of_member),
    Route("/latest.atom", feeds.feed_of_place),
]
# Where the address of a page also gives servers a document: `app` joins the two doors there.
shared = {
    "/@{name}": people.profile_page,
    "/@{name}/{id}": posts.post_page,
}
