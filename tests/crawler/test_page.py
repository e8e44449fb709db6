"""What every parser needs: visible text, safe addresses, and telling a wall from a page."""

import time

import pytest

from crawler.parsers import page as pages
from crawler.parsers.page import text_of, texts_of, web_address


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("停水", "停水"),
        ("<p>停水</p><p>通知</p>", "停水\n通知"),
        ("停水<br>通知<BR/>补充", "停水\n通知\n补充"),
        ("<div>停水<div>通知</div></div>", "停水\n通知"),
        (
            "<table><tr><td>南街</td><td>22时</td></tr><tr><td>北街</td></tr></table>",
            "南街\n22时\n北街",
        ),
        ("<b>停</b>水<span>通<i>知</i></span>", "停水通知"),
        ("停水<script>alert('<p>')</script>通知", "停水通知"),
        ("停水<STYLE>p{}</STYLE>通知<template><p>无</p></template>", "停水通知"),
        ("停<noscript>请启用脚本</noscript>水<iframe>旧</iframe>", "停水"),
        ("停<!-- 路人 > -->水<!-->通<!--->知", "停水通知"),
        ('停<img src="x" onerror="alert(1)" alt="a>b">水', "停水"),
        ("停<a href=x title='>'>水</a>", "停水"),
        ("&lt;b&gt;停&amp;水&nbsp;&#20013;&#x6587;&hellip;", "<b>停&水\xa0中文…"),
        ("1 < 2 && 3 > 2", "1 < 2 && 3 > 2"),
        ("气温<b", "气温<b"),
        ("停\0水\ud800", "停水"),
        ("<p>停\0水\udfff</p>", "停水"),
        ("&#0;&#xD800;&#x110000;停", "\ufffd\ufffd\ufffd停"),
        (f"&#{'9' * 5000};停", "\ufffd停"),
        ("<script>停水", ""),
        ("<!-- 停水", ""),
        ("<![CDATA[停]]>水<?php x ?>", "水"),
        ("<p> \n \n 停水 \n\t\n 通知 </p>", "停水\n通知"),
        ("", ""),
    ],
)
def test_visible_text_is_what_a_reader_sees(html, text):
    assert text_of(html) == text


@pytest.mark.parametrize(
    "unit",
    [
        *("<p", "<a b=", '<a b="', "<a b=' ", "<!--", "<script>", "</script ", "&", "&#1", "<"),
        *("</", "<?", "<style>x", "\n \n", "<template><p>", "<a<a ", "]]>"),
    ],
)
def test_reading_takes_time_in_proportion_to_the_fragment(unit):
    before = time.process_time()

    text_of(unit * (1_000_000 // len(unit)))

    assert time.process_time() - before < 2


def test_texts_end_where_enough_has_been_read():
    fragments = ["<p>停</p>", "<p>" + "水" * pages.MAX_MARKUP + "</p>", "<p>通知</p>"]

    assert [len(text) for text in texts_of(fragments)] == [1, pages.MAX_MARKUP - 11]


def test_a_tag_that_is_cut_in_two_is_no_text():
    (text,) = texts_of(["水" * (pages.MAX_MARKUP - 5) + '<img src="x.jpg">'])

    assert text == "水" * (pages.MAX_MARKUP - 5)


@pytest.mark.parametrize(
    ("url", "base", "address"),
    [
        ("/t/1", "https://a.example/x/y", "https://a.example/t/1"),
        ("/t/1?a=1&b=2#top", "https://a.example/x/y", "https://a.example/t/1?a=1&b=2"),
        ("t/1", "https://a.example/x/y", "https://a.example/x/t/1"),
        ("./t/1", "https://a.example/x/y", "https://a.example/x/t/1"),
        ("../t/../1", "https://a.example/x/y/z", "https://a.example/x/1"),
        ("/a/../b", "https://a.example/", "https://a.example/b"),
        ("?page=2", "https://a.example/list", "https://a.example/list?page=2"),
        (" \n/t/1\t", "https://a.example/", "https://a.example/t/1"),
        ("//b.example/t", "https://a.example/", "https://b.example/t"),
        ("https://b.example:8443/t", "https://a.example/", "https://b.example:8443/t"),
        ("https://a.example.evil.example/t", "https://a.example/", "https://a.example.evil.example/t"),
        ("/通知/1", "https://a.example/", "https://a.example/通知/1"),
        ("/x?", "https://a.example/", "https://a.example/x"),
        ("http://127.0.0.1:8080/t", "http://127.0.0.1:8080/", "http://127.0.0.1:8080/t"),
        ("/t", "http://127.0.0.1:8080/", "http://127.0.0.1:8080/t"),
        *((bad, "https://a.example/", None) for bad in (
            "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "ftp://a.example/",
            "http://10.1.2.3/", "https://u:p@a.example/", "https://a.example:22/", "http://[",
            "/a b", "/a\\b", "http://localhost.local/", "", "  ", None,
        )),
        ("/t", "http://10.1.2.3/", None),
        ("/t", "file:///etc/", None),
    ],
)  # fmt: skip
def test_an_address_comes_out_whole_or_not_at_all(url, base, address):
    assert web_address(url, base) == address


@pytest.mark.parametrize(
    "text",
    [
        "请输入验证码",
        "滑动验证",
        "安全验证",
        "人机验证",
        "<div class=geetest_box>",
        "/captcha.js",
        "拖动滑块",
    ],
)
def test_a_test_for_persons_is_known(text):
    assert pages.looks_like_captcha(text)


@pytest.mark.parametrize("text", ["停水通知", "<input type='password'> 验证码", "身份认证"])
def test_what_is_no_test_for_persons_is_not_taken_for_one(text):
    assert not pages.looks_like_captcha(text)
